/** Grants that stay until they are given back. */
export const allocation = `
local used = read('used')
used = used or 0

local function charge(granted)
  used = used + granted
  return 0
end

local function giveBack(_, asked)
  local returned = math.min(asked, used)
  used = used - returned
  return returned
end

local function retryAfter() end

local function idleAfter()
  return used > 0 and math.huge or 0
end

local function save()
  store('used', used)
end
`;
