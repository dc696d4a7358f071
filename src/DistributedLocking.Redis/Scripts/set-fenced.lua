-- KEYS[1] the resource, KEYS[2] its newest token; ARGV[1] value, ARGV[2] token, ARGV[3] the value's and ARGV[4] the
-- token's time to live in milliseconds, 0 for none
-- Returns nothing when the value is set, else the newest token, which is larger than the one given.
local newest = remember(KEYS[2], ARGV[2], ARGV[4])
if newest then
  return newest
end

if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
end
return false
