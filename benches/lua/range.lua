-- A thousand rows of one key, from anywhere.
local path, froms
function init(args)
  path = args[1]
  froms = tonumber(args[2])
  math.randomseed(7)
end
function request()
  return wrk.format("GET", path .. math.random(0, froms))
end
