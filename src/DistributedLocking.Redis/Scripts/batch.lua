-- Releases locks and grants those that are free, many in one call.
-- KEYS the locks to grant, then their buckets' fencing marks; the locks to release, then their marks, then their queues
-- ARGV[1] how many to grant; their owner ids, then their times to live in milliseconds, then how many fencing tokens
-- each wants, then the newest token of each one's bucket that the caller has seen; the owner ids to release
-- Returns for each lock to grant the first fencing token, and for each to release what release does; or nothing where
-- that has to be asked for by itself, since the lock is not free, the mark is not a number that is behind the clock and
-- not behind what was seen, or there was an error. Releases come first: a lock may be released and taken again in one
-- batch, and nobody releases what is still to be granted to him.
local answers, grants = {}, tonumber(ARGV[1])

local before, owner = 2 * grants, 1 + 4 * grants
local releases = (#KEYS - before) / 3
if releases > 0 then
  local held = redis.call('MGET', unpack(KEYS, before + 1, before + releases))
  local free, passed = {}, {}
  -- One look for all queues: hardly ever does anybody wait. An error, where the user may not look, is not 0 either.
  local waited_for = redis.pcall('EXISTS', unpack(KEYS, before + 2 * releases + 1, before + 3 * releases)) ~= 0
  for i = 1, releases do
    local lock = KEYS[before + i]
    if held[i] ~= ARGV[owner + i] or passed[lock] then
      answers[grants + i] = 0
    else
      local done, went = true, false
      if waited_for then
        done, went = pcall(pass_on, lock, KEYS[before + releases + i], KEYS[before + 2 * releases + i])
      end
      answers[grants + i] = done and 1
      if done then
        passed[lock] = went
        if not went then
          free[#free + 1] = lock
        end
      end
    end
  end
  if #free > 0 then
    redis.call('DEL', unpack(free))
  end
end

if grants > 0 then
  local token = clock(KEYS[grants + 1])
  local marks = redis.call('MGET', unpack(KEYS, grants + 1, 2 * grants))
  local moved = {}
  for i = 1, grants do
    local newest = tonumber(marks[i])
    local granted = newest and newest < token and newest >= tonumber(ARGV[1 + 3 * grants + i])
      and redis.call('SET', KEYS[i], ARGV[1 + i], 'NX', 'PX', ARGV[1 + grants + i])
    answers[i] = granted and token or false
    if granted then
      -- The next one's are larger, as some of these locks may share a mark.
      token = token + ARGV[1 + 2 * grants + i]
      moved[#moved + 1] = KEYS[grants + i]
      moved[#moved + 1] = token - 1
    end
  end
  if #moved > 0 then
    redis.call('MSET', unpack(moved))
  end
end
return answers
