-- KEYS[1] the resource, KEYS[2] its newest token; ARGV[1] token, ARGV[2] its time to live in milliseconds, 0 for none
-- Returns the newest token when that is larger than the one given, else nothing, and the value, if there is one.
-- The value is read first: where it can't be, the token is not remembered either.
local value = redis.call('GET', KEYS[1])
local newest = remember(KEYS[2], ARGV[1], ARGV[2])
if newest then
  return {newest, false}
end
return {false, value}
