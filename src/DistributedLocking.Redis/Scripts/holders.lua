-- The holders of a reader-writer lock or a semaphore are a sorted set: owners by the end of their lease, in
-- microseconds of the server's clock, so each has a lease of its own. One whose limit is 1, which keeps everybody else
-- out, has '!' beside it, with the same end; no owner has that name. Their queue is that of queue.lua, with the limit
-- of each place behind all that is there.
local limits_from = 8000000000000000

-- Where the user may only write, the score is had by adding nothing to it.
local function score(set, member)
  local found = redis.pcall('ZSCORE', set, member)
  if type(found) == 'table' then
    found = redis.call('ZADD', set, 'XX', 'INCR', 0, member)
  end
  return found and tonumber(found)
end

local function remove_lapsed(holders, now)
  redis.call('ZREMRANGEBYSCORE', holders, '-inf', string.format('%.0f', now))
end

-- Gives an owner a lease from now on. Their key lasts at least as long as the longest of them; where the user may not
-- ask how long it does, longer than any.
local function hold(holders, owner, limit, now, milliseconds)
  local ends = string.format('%.0f', now + milliseconds * 1000)
  redis.call('ZADD', holders, ends, owner)
  if limit == 1 then
    redis.call('ZADD', holders, ends, '!')
  end

  local left = redis.pcall('PTTL', holders)
  if type(left) == 'table' then
    redis.call('PEXPIRE', holders, 2160000000)
  elseif left < tonumber(milliseconds) then
    redis.call('PEXPIRE', holders, milliseconds)
  end
end

-- Ends what an owner holds. Returns 1 when it held, else 0.
local function free(holders, owner)
  local held = redis.call('ZREM', holders, owner)
  if held == 1 then
    redis.call('ZREM', holders, '!')
  end
  return held
end

-- Whether one more may hold beside those that do.
local function fits(holders, limit)
  if score(holders, '!') then
    return false
  end
  local count = redis.pcall('ZCARD', holders)
  if type(count) == 'table' then
    count = redis.call('ZUNIONSTORE', holders, 1, holders)
  end
  return count < limit
end

local function take_place_within(queue, place, channel, limit, now)
  local number = take_place(queue, place, channel, now)
  redis.call('ZADD', queue, string.format('%.0f', limits_from + limit), '\n\n' .. place)
  return number
end

local function leave_place(queue, place)
  leave(queue, place)
  redis.call('ZREM', queue, '\n\n' .. place)
end

-- Grants to the first in the queue, as long as it fits, so that readers are woken together; who is there no more is
-- passed over. Each gets an offer, to be renewed by a process that is alive. Returns whether anybody is left in the
-- queue.
local function promote(holders, mark, queue, now)
  local offer = 2000
  while true do
    -- pcall: who may not look waits in no queue.
    local first = redis.pcall('ZRANGE', queue, 0, 0, 'WITHSCORES')
    local place = not first.err and first[1]
    if not place then
      return false
    end

    local owner, channel = string.match(place, '^([^\n]+)\n(.*)$')
    local limit = owner and score(queue, '\n\n' .. place)
    if not limit or not is_there(score(queue, '\n' .. place), channel, now) then
      redis.call('ZREM', queue, place)
      leave_place(queue, place)
    else
      limit = limit - limits_from
      local token = fits(holders, limit) and reserve(mark, 1)
      if not token then
        return true
      end

      leave_place(queue, place)
      hold(holders, owner, limit, now, offer)
      if type(token) == 'number' then
        token = string.format('%.0f', token)
      end
      -- pcall: where the user may not publish, the owner finds out when it asks again.
      redis.pcall('PUBLISH', channel, table.concat({owner, first[2], token, 1, offer}, '\n'))
    end
  end
end

