import PPL

/// What a call of a function of the host costs: a fit that makes 400,000 of them against the same fit in the language alone.

let draws = 20_000
let moves = 20

/// The model with a way to compute b of a.
func text(_ declaration: String, _ b: String) -> String {
  """
  data y: real = 2
  \(declaration)
  a ~ Normal(0, 1)
  z ~ Normal(0, 1)
  b = \(b)
  factor near = -0.5 * (b - y)^2
  infer p = metropolis(chains: 1, warmup: 0, draws: \(draws), steps: \(moves), seed: 1)
  """
}

func seconds(_ text: String, _ access: ExternalAccess) async throws -> Double {
  let model = try Program(name: "model.ppl", text: text).compile(DataSet(), externals: access).model
  var options = RunOptions()
  options.path = "host.fit.zarr"
  options.replacesFits = true
  let clock = ContinuousClock()
  let start = clock.now
  _ = try await model.run(options) { _ in }
  return (clock.now - start) / .seconds(1)
}

var access = ExternalAccess.none
access.register("cell") { arguments in [arguments[0][0] * arguments[0][0] - 1] }
for _ in 0..<3 {
  let host = try await seconds(text("extern fn cell(a: real) -> real = host()", "cell(a)"), access)
  let language = try await seconds(text("", "a^2 - 1"), access)
  print("\((host - language) / Double(draws * moves) * 1e6) us a call")
}
