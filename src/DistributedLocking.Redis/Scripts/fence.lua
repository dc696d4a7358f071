-- The server's clock in microseconds. Where the user may not ask for the time, the id that a stream gives to an entry
-- has it, in milliseconds.
local function clock(mark_key)
  local time = redis.pcall('TIME')
  if not time.err then
    return time[1] * 1000000 + time[2]
  end
  local stream = mark_key .. ':clock'
  local id = redis.call('XADD', stream, '*', 'clock', '')
  redis.call('DEL', stream)
  return tonumber(string.match(id, '^%d+')) * 1000
end

-- Reserves fencing tokens, so many in a row, and returns the first: the larger of the mark plus one and the server's
-- clock. When the mark is somebody else's, a key of another type or a text, it is left as it was, and nil is returned
-- with the error. A caller that has seen a newer token than the mark proves that the server has forgotten it, and with
-- it perhaps locks: a restart without data, a fail-over to a replica that is behind. Nothing is then granted for so
-- many milliseconds, when leases that were forgotten have ended. Meanwhile the mark is that token, a '/', and the time
-- until which.
local function reserve(mark_key, count, seen, lease)
  local now = clock(mark_key)
  local mark = redis.pcall('GETSET', mark_key, now + count - 1)
  if type(mark) == 'table' then
    return nil, mark
  end

  local newest, till = mark or '0', 0
  if not tonumber(newest) then
    newest, till = string.match(mark, '^(%d+)/(%d+)$')
    if not newest then
      redis.call('SET', mark_key, mark)
      return nil, redis.error_reply('WRONGTYPE The fencing mark is not a number')
    end
  end

  till = tonumber(till)
  if seen and tonumber(seen) > tonumber(newest) then
    newest, till = seen, math.max(till, now + lease * 1000)
  end
  if now < till then
    redis.call('SET', mark_key, newest .. '/' .. string.format('%.0f', till))
    return nil, redis.error_reply('FORGOT Locks may have been forgotten')
  end

  local token = now
  if tonumber(newest) >= now then
    -- Counted by the server: above 2^53 a Lua number skips integers.
    redis.call('SET', mark_key, newest)
    redis.call('INCR', mark_key)
    token = redis.call('GET', mark_key)
    redis.call('INCRBY', mark_key, count - 1)
  end
  return token
end

