-- The server's clock in microseconds. Where the user may not ask for the time, the id that a stream gives to an entry has it, in milliseconds.
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

-- Reserves fencing tokens, so many in a row, and returns the first: the larger of the mark plus one and the server's clock. When the mark is somebody
-- else's, a key of another type or a text, it is left as it was, and nil is returned with the error.
local function reserve(mark_key, count)
  local token = clock(mark_key)
  local mark = redis.pcall('GETSET', mark_key, token + count - 1)
  if mark then
    local newest = tonumber(mark)
    if not newest then
      if type(mark) == 'table' then
        return nil, mark
      end
      redis.call('SET', mark_key, mark)
      return nil, redis.error_reply('WRONGTYPE The fencing mark is not a number')
    end

    if newest >= token then
      -- Counted by the server: above 2^53 a Lua number skips integers.
      redis.call('SET', mark_key, mark)
      redis.call('INCR', mark_key)
      token = redis.call('GET', mark_key)
      redis.call('INCRBY', mark_key, count - 1)
    end
  end
  return token
end

