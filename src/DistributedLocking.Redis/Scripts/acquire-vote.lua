-- One server's vote for a quorum's lock.
-- KEYS[1] the lock, KEYS[2] the bucket's fencing mark; ARGV[1] owner id, ARGV[2] time to live in milliseconds
-- Returns {fencing token}; or {0, milliseconds left or -1 where that is unknown, the holder} when another owner holds the lock.
local time = redis.pcall('TIME')
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local holder = redis.call('GET', KEYS[1])
  if holder ~= ARGV[1] then
    local left = redis.pcall('PTTL', KEYS[1])
    return {0, type(left) == 'number' and left or -1, holder}
  end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end

local token
if time.err then
  -- The user may not ask for the time. The id that a stream gives to an entry has it, in milliseconds; the lock's own name can hold one for a moment.
  redis.call('DEL', KEYS[1])
  local id = redis.call('XADD', KEYS[1], '*', 'clock', '')
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  token = tonumber(string.match(id, '^%d+')) * 1000
else
  token = time[1] * 1000000 + time[2]
end

local mark = redis.pcall('GETSET', KEYS[2], token)
if mark then
  local newest = tonumber(mark)
  if not newest then
    -- The mark is somebody else's: a key of another type, or a text. Everything is put back as it was.
    redis.call('DEL', KEYS[1])
    if type(mark) == 'table' then
      return mark
    end
    redis.call('SET', KEYS[2], mark)
    return redis.error_reply('WRONGTYPE The fencing mark is not a number')
  end

  if newest >= token then
    -- Counted by the server: above 2^53 a Lua number skips integers.
    redis.call('SET', KEYS[2], mark)
    redis.call('INCR', KEYS[2])
    token = redis.call('GET', KEYS[2])
  end
end
return {token}
