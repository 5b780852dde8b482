-- A hundred rows, each joined with a row of another topic; every request asks for other rows.
local path, keys
local headers = { ["content-type"] = "application/json", ["accept"] = "application/json" }
local query = "query($k:[String!]!){rows(keys:$k){id name price partnerRow{id name}}}"
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
  return wrk.format("POST", path, headers,
    '{"query":"' .. query .. '","variables":{"k":[' .. table.concat(list, ",") .. ']}}')
end
