-- One object by its key; every request asks for another one.
local path, keys
local headers = { ["content-type"] = "application/json", ["accept"] = "application/json" }
function init(args)
  path = args[1]
  keys = tonumber(args[2])
  math.randomseed(7)
end
function request()
  return wrk.format("POST", path, headers,
    '{"query":"query($k:String!){row(key:$k){id name price}}","variables":{"k":"k'
    .. math.random(0, keys - 1) .. '"}}')
end
