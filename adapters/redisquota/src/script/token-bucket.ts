/**
 * The generic cell rate algorithm: grants raise a level that drains evenly, and may not raise it over the capacity. A
 * mark is the level above what had drained and been returned since birth: so nobody takes back what has already drained.
 */
export const tokenBucket = `
local rate = perWindow / window
local used, returnedBefore, rateBefore = read('used', 'returned', 'rate')
used = (used or 0) - (now - at) * (rateBefore or rate)
if used < rounding then used = 0 end
-- What drained at another rate says nothing about marks of this one.
if rateBefore ~= rate then birth, returnedBefore = now, 0 end
local drained = (now - birth) * rate

local function charge(granted)
  used = used + granted
  return used + returnedBefore + drained
end

local function giveBack(grant, asked)
  local returned = math.max(0, math.min(asked, grant.mark - returnedBefore - drained, used))
  used = used - returned
  returnedBefore = returnedBefore + returned
  return returned
end

local function retryAfter(wanted)
  if wanted <= limit and rate > 0 then return (used + wanted - limit) / rate end
end

local function idleAfter()
  return used > 0 and used / rate or 0
end

local function save()
  store('used', used, 'returned', returnedBefore, 'rate', rate)
end
`;
