-- Tells who holds a key, and changes nothing.
-- KEYS[1] the lock, KEYS[2] the bucket's fencing mark, KEYS[3] the queue; KEYS[4] and KEYS[5] the holders of the
-- reader-writer lock and their queue, KEYS[6] and KEYS[7] those of the semaphore
-- Returns four for each holder: 'lock', 'reader', 'writer' or 'permit'; its owner id; the milliseconds left, or -1 where
-- that is not known; how many wait, or -1.
local found = {}

local function waiting(queue, names_of_each)
  local count = redis.pcall('ZCARD', queue)
  return type(count) == 'number' and count / names_of_each or -1
end

local function add(kind, owner, left, waits)
  for _, value in ipairs({kind, owner, left, waits}) do
    table.insert(found, value)
  end
end

local function add_holders(holders, queue, kind, kind_alone)
  local members = redis.call('ZRANGE', holders, 0, -1, 'WITHSCORES')
  if not members[1] then
    return
  end

  local now, waits, is_alone = clock(KEYS[2]), waiting(queue, 3), false
  for i = 1, #members, 2 do
    is_alone = is_alone or members[i] == '!'
  end
  for i = 1, #members, 2 do
    local left = math.ceil((tonumber(members[i + 1]) - now) / 1000)
    if members[i] ~= '!' and left > 0 then
      add(is_alone and kind_alone or kind, members[i], left, waits)
    end
  end
end

local owner = redis.call('GET', KEYS[1])
if owner then
  local left = redis.pcall('PTTL', KEYS[1])
  add('lock', owner, type(left) == 'number' and left or -1, waiting(KEYS[3], 2))
end
add_holders(KEYS[4], KEYS[5], 'reader', 'writer')
add_holders(KEYS[6], KEYS[7], 'permit', 'permit')
return found
