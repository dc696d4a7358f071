-- A queue is a sorted set. A place in it is an owner's id and its channel, at the server's clock when it was taken.
-- When the owner last asked for it is kept beside it, behind all places: in milliseconds, doubled, one more where this
-- server saw a listener on the channel. It does not see those of other servers, as in a Cluster.
local asked_since = 4503599627370496

-- How many listen to a channel here; nil where the user may not ask.
local function listeners(channel)
  return redis.pcall('PUBSUB', 'NUMSUB', channel)[2]
end

-- Takes or keeps a place, and returns its number.
local function take_place(queue, place, channel, now)
  redis.call('ZADD', queue, 'NX', now, place)
  local is_seen = (listeners(channel) or 0) > 0 and 1 or 0
  redis.call('ZADD', queue, asked_since + 2 * math.floor(now / 1000) + is_seen, '\n' .. place)

  -- Those that wait ask again every second. A queue that nobody asks for goes, so that nothing is left of its key.
  redis.call('PEXPIRE', queue, 10000)
  return redis.call('ZSCORE', queue, place) or '0'
end

local function leave(queue, place)
  redis.call('ZREM', queue, place, '\n' .. place)
end

-- Whether a process is there to take a grant: not when it was killed or cut off, which its connection's end tells a
-- server that saw it listen, and elsewhere that it asks no more, as it did each second.
local function is_there(asked, channel, now)
  if not asked then
    return true
  end
  asked = tonumber(asked) - asked_since
  local silence = now / 1000 - math.floor(asked / 2)
  if asked % 2 == 1 then
    return silence <= 10000 and listeners(channel) ~= 0
  end
  return silence <= 2000
end

-- Takes the first out of the queue whose process is there, and those before it; returns its owner, its channel and its
-- place's number, or nothing.
local function take_first(queue, mark)
  local first = redis.call('ZPOPMIN', queue)
  while first[1] do
    local owner, channel = string.match(first[1], '^([^\n]+)\n(.*)$')
    if owner then
      local asked = redis.call('ZSCORE', queue, '\n' .. first[1])
      redis.call('ZREM', queue, '\n' .. first[1])
      if is_there(asked, channel, clock(mark)) then
        return owner, channel, first[2]
      end
    end
    first = redis.call('ZPOPMIN', queue)
  end
end

