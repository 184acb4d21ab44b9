# Temperature of a heated rod, 20 + q exp(-k x), at its five sensors: a worker of `model.ppl`, for the shell and awk.
read -r greeting
echo '{"ready": true, "arguments": ["k", "q"], "result": [5]}'
while read -r request; do
  echo "$request" | awk '
    function number(name) {
      match($0, "\"" name "\": *[^,}]*")
      text = substr($0, RSTART, RLENGTH)
      sub(/.*: */, "", text)
      return text + 0
    }
    {
      k = number("k"); q = number("q")
      printf "{\"id\": %d, \"result\": [", number("id")
      for (i = 0; i < 5; i++) printf "%s%.17g", (i ? ", " : ""), 20 + q * exp(-k * i / 4)
      print "]}"
    }'
done
