import PPL
import Testing

/// The blocks of Swift in pages, each with what stands around it there.
@Suite struct PageBlocks {
  @Test func readme() async throws {
    let text = """
      dim school
      data y[school]: real
      data sigma[school]: real > 0
      mu ~ Normal(0, 5)
      tau ~ HalfCauchy(5)
      theta[school] ~ Normal(mu, tau)
      y[s: school] ~ Normal(theta[s], sigma[s])
      """

    let model = try Program(checking: text).compile(["y": [28.0, 8, -3], "sigma": [15.0, 10, 16]])
      .model
    let posterior = try await model.infer(.nuts(draws: 2000), InferenceOptions(seed: 1))
    let theta = posterior["theta"]  // [chain, draw, school]
    let contrast = try posterior.draws(of: "post.theta[1] - post.theta[2]")
    let next = try await posterior.predict("y", data: ["sigma": [12.0]])

    #expect(theta?.values.count == 4 * 2000 * 3)
    #expect(contrast.mean[0] > 0)
    #expect(next.shape == [1])
  }

  @Test func landingPage() async throws {
    let text = """
      dim school
      data y[school], sigma[school]: real
      mu ~ Normal(0, 5)
      tau ~ HalfCauchy(5)
      theta[school] ~ Normal(mu, tau)
      y[s: school] ~ Normal(theta[s], sigma[s])
      """
    let schools: DataSet = [
      "school": ["Choate", "Deerfield", "Andover"],
      "y": [28, 8, -3],
      "sigma": [15, 10, 16],
    ]
    let model = try Program(checking: text).compile(schools).model
    let posterior = try await model.infer(.nuts(), InferenceOptions(seed: 1))
    for line in await posterior.summary() { print(line.name, line.mean, line.sd) }

    #expect(posterior["theta"]?("Choate")?.count == 4000)
  }

  @Test func callouts() async throws {
    @Sendable func value(_ x: Double) -> Double { x * x }
    @Sendable func slope(_ x: Double) -> Double { 2 * x }
    let program = try Program(
      checking: """
        extern fn table(x: real) -> real = host("table", gradient: given)
        data y: real
        m ~ Normal(1, 1)
        y ~ Normal(table(m), 1)
        """
    )
    let data: DataSet = ["y": 2]

    var externals = ExternalAccess()
    externals.register(
      "table",
      vectorJacobianProduct: { arguments, weights in [[weights[0] * slope(arguments[0][0])]] }
    ) { arguments in
      [value(arguments[0][0])]
    }
    let model = try program.compile(data, externals: externals).model

    #expect(model.checkGradients().worst < 1e-6)
  }
}
