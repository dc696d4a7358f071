-- Remembers a token as the newest that was used for a resource, for so many milliseconds, 0 for ever. Where a newer one
-- has been used, changes nothing and returns that one.
local function remember(mark_key, token, lifetime)
  local newest = redis.call('GET', mark_key)
  -- Compared as text: above 2^53 a Lua number skips integers. Both are positive and without leading zeros.
  if newest and (#newest > #token or (#newest == #token and newest > token)) then
    return newest
  end

  if lifetime == '0' then
    redis.call('SET', mark_key, token)
  else
    redis.call('SET', mark_key, token, 'PX', lifetime)
  end
  return nil
end

