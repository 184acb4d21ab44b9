# Temperature of a heated rod, 20 + q exp(-k x), at its sensors: a worker of `model.ppl`. It needs the package jsonlite.
library(jsonlite)
write_line <- function(value) {
  cat(toJSON(value, auto_unbox = TRUE, digits = NA), "\n", sep = "")
  flush(stdout())
}
input <- file("stdin", "r")
greeting <- fromJSON(readLines(input, 1))
count <- greeting$result$shape[1]
x <- (seq_len(count) - 1) / (count - 1)
write_line(list(ready = TRUE, arguments = c("k", "q")))

while (length(line <- readLines(input, 1)) > 0) {
  request <- fromJSON(line)
  k <- request$arguments$k
  q <- request$arguments$q
  warmth <- exp(-k * x)
  answer <- list(id = request$id, result = 20 + q * warmth)
  if (isTRUE(request$gradient)) answer$gradient <- list(k = -x * q * warmth, q = warmth)
  write_line(answer)
}
