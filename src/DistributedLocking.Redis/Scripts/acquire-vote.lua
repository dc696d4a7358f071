-- One server's vote for a quorum's lock.
-- KEYS[1] the lock, KEYS[2] the bucket's fencing mark; ARGV[1] owner id, ARGV[2] time to live in milliseconds
-- Returns {fencing token}; or {0, milliseconds left or -1 where that is unknown, the holder} when another owner holds
-- the lock.
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local holder = redis.call('GET', KEYS[1])
  if holder ~= ARGV[1] then
    local left = redis.pcall('PTTL', KEYS[1])
    return {0, type(left) == 'number' and left or -1, holder or ''}
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end

local token, failure = reserve(KEYS[2], 1)
if not token then
  redis.call('DEL', KEYS[1])
  return failure
end
return {token}
