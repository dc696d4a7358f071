-- KEYS[1] the resource, KEYS[2] its newest token; ARGV[1] value, ARGV[2] token, ARGV[3] the value's and ARGV[4] the token's time to live in
-- milliseconds, 0 for none
-- Returns nothing when the value is set, else the newest token, which is larger than the one given.
local newest = redis.call('GET', KEYS[2])
local token = ARGV[2]
-- Compared as text: above 2^53 a Lua number skips integers. Both are positive and without leading zeros.
if newest and (#newest > #token or (#newest == #token and newest > token)) then
  return newest
end

if ARGV[4] == '0' then
  redis.call('SET', KEYS[2], token)
else
  redis.call('SET', KEYS[2], token, 'PX', ARGV[4])
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
end
return false
