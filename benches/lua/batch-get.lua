-- A hundred random keys in one request.
local path, keys
local headers = { ["content-type"] = "application/json" }
function init(args)
  path = args[1]
  keys = tonumber(args[2])
  math.randomseed(7)
end
function request()
  local list = {}
  for i = 1, 100 do
    list[i] = '"k' .. math.random(0, keys - 1) .. '"'
  end
  return wrk.format("POST", path, headers, "[" .. table.concat(list, ",") .. "]")
end
