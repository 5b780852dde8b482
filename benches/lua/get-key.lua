-- Random keys of one topic: the path prefix and the number of keys are the arguments.
local prefix, keys
function init(args)
  prefix = args[1]
  keys = tonumber(args[2])
  math.randomseed(7)
end
function request()
  return wrk.format("GET", prefix .. "k" .. math.random(0, keys - 1))
end
