/** A window that begins with its first grant and is forgotten as a whole when it ends. */
export const fixedWindow = `
local used, start = read('used', 'start')
if not start or now - start >= window then used = 0 end

local function charge(granted)
  if used == 0 then start = now end
  used = used + granted
  return start
end

local function giveBack(grant, asked)
  if grant.mark ~= start then return 0 end
  local returned = math.min(asked, used)
  used = used - returned
  return returned
end

local function retryAfter(wanted)
  if wanted <= limit then return start + window - now end
end

local function idleAfter()
  return used > 0 and start + window - now or 0
end

local function save()
  store('used', used, 'start', start)
end
`;
