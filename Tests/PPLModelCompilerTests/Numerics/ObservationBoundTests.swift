import PPLModelCompiler
import PPLSourceText
import Testing

/// Observations against the bounds that truncate their own distribution.
@Suite struct ObservationBoundTests {
  private func text(_ bound: String, _ distribution: String) -> String {
    """
    dim obs
    data y[obs]: \(distribution.hasPrefix("Poisson") ? "int" : "real")
    m ~ Exponential(1)
    y[i: obs]: \(bound) ~ \(distribution)
    """
  }

  @Test(arguments: [
    ("real > 0", "Normal(m, 1)", 0.0), ("real >= 0.5", "Normal(m, 1)", 0.25),
    ("real < 2", "Normal(m, 1)", 2), ("real in (0, 1)", "Normal(m, 1)", 1),
    ("int > 1", "Poisson(m)", 1), ("int < 3", "Poisson(m)", 3), ("int >= 2", "Poisson(m)", 1),
    ("int in 1..3", "Poisson(m)", 4),
  ])
  func aValueOutsideIsAnError(_ bound: String, _ distribution: String, _ value: Double) throws {
    let problem = try CompiledCase.problem(
      text: text(bound, distribution),
      data: ["y": .vector(value)]
    )
    #expect(problem?.code == "E0805")
  }

  @Test(arguments: [
    ("real >= 0.5", "Normal(m, 1)", 0.5), ("real <= 2", "Normal(m, 1)", 2),
    ("int > 1", "Poisson(m)", 2), ("int < 3", "Poisson(m)", 2), ("int >= 2", "Poisson(m)", 2),
    ("int in 1..3", "Poisson(m)", 3),
  ])
  func aValueAtAnIncludedEndIsInside(
    _ bound: String,
    _ distribution: String,
    _ value: Double
  ) throws {
    let compiled = try CompiledCase(text: text(bound, distribution), data: ["y": .vector(value)])
    #expect(compiled.density(at: [0.3]).alone.isFinite)
  }

  @Test(arguments: [("g", 1.0, "E0203"), ("g", 4, "E0203"), ("k", 0, "E0809"), ("k", 4, "E0809")])
  func cutpointsPartTheCategories(_ name: String, _ value: Double, _ code: String) throws {
    let type = name == "g" ? "grade" : "int"
    let text = """
      dim obs, grade = 4
      data \(name)[obs]: \(type)
      m ~ Normal(0, 1)
      \(name)[i: obs] ~ OrderedLogistic(m, [-1, 1])
      """
    let problem = try CompiledCase.problem(text: text, data: [name: .vector(value)])
    #expect(problem?.code == code)
  }

  /// Where the bound is a latent, the density is zero beyond it, and its gradient finite before it.
  @Test func aLatentBoundExcludes() throws {
    let compiled = try CompiledCase(
      text: text("real > m", "Normal(0, 1)"),
      data: ["y": .vector(1, 2)]
    )
    // m = exp(q)
    #expect(compiled.density(at: [0.1]).alone == -.infinity)
    let gradient = compiled.gradient(at: [-0.1])
    #expect(gradient.allSatisfy { $0.isFinite })
  }

  /// The model says so where a normaliser is not known; it must be the same for all values of the latents.
  @Test func onlyAConstantMayBeLeftOut() throws {
    let constant = "p: real in (0.2, 0.8) ~ SkewNormal(0, 1, 3)\nfactor f = p"
    #expect(try CompiledCase(text: constant).model.dropsConstant)
    let known = "p: real in (0.2, 0.8) ~ Normal(2, 3)\nfactor f = p"
    #expect(try !CompiledCase(text: known).model.dropsConstant)
    let varying = "a ~ Exponential(1)\np: real in (0.2, 0.8) ~ Beta(a, 3)\nfactor f = p"
    #expect(try CompiledCase.problem(text: varying)?.code == "E0305")
  }
}
