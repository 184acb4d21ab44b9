import PPL
import Testing

/// What `plot` statements draw.
@Suite struct PlotStatementTests {
  private static let model = """
    dim obs
    data y[obs]: real
    mu ~ Normal(0, 1)
    z[i: obs] ~ Normal(mu, 1)
    y[i: obs] ~ Normal(z[i], 1)
    infer post = nuts(draws: 100, seed: 4)
    predict y2 = y given post

    """
  private static let data = "{\"obs\": [\"a\", \"b\", \"c\"], \"y\": [0.5, 1.5, 2.5]}"

  @Test(arguments: [
    ("density(post.mu)", ["post.mu\n"]),
    ("density(post.z)", ["post.z[\"a\"]\n", "post.z[\"b\"]\n", "post.z[\"c\"]\n"]),
    ("density(post.mu, post.mu * 2)", ["post.mu\n", "post.mu * 2\n"]),
    ("trace(post.mu)", ["post.mu, draws 1 to 100"]),
    ("rank(post.z[\"b\"])", ["post.z[\"b\"], ranks among all draws"]),
    ("intervals(post.mu, post.z)", ["post.mu    "]),
    ("pairs(post.z)", ["pairs of post.z[\"a\"], post.z[\"b\"], post.z[\"c\"]: 400 draws"]),
    ("pairs(post.mu, y2)", ["pairs of post.mu, y2[\"a\"]"]),
    ("energy(post)", ["energy: Energy fraction"]),
    ("predictive(y2)", ["y2: predicted and observed: "]),
    ("density(y2)", ["y2[\"a\"]\n", "y2[\"b\"]\n", "y2[\"c\"]\n"]),
  ])
  func eachKindIsDrawn(_ plot: String, _ beginnings: [String]) async throws {
    let (output, notes, _) = try await runScriptWithNotes(
      Self.model + "plot \(plot)",
      data: Self.data
    )
    #expect(output.count == beginnings.count, "\(output)")
    for (text, beginning) in zip(output, beginnings) {
      #expect(text.hasPrefix(beginning), "\(text)")
    }
    #expect(notes.contains { $0.hasPrefix("plots in ") && $0.hasSuffix("fit.html") })
  }

  @Test func manyElementsAreNotAllDrawn() async throws {
    let (output, notes, _) = try await runScriptWithNotes(
      "dim n = 40\nx[i: n] ~ Normal(0, 1)\ninfer post = prior(draws: 50, seed: 1)\nplot density(post.x)"
    )
    #expect(output.count == 12)
    #expect(notes.contains("density(post.x): the first 12 of 40 elements are drawn"))
  }

  /// A fit of the prior draws the data that a picture wants.
  @Test func picturesOfPriorPredictions() async throws {
    let (output, _, _) = try await runScriptWithNotes(
      "data y: real\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)\ninfer post = prior(draws: 50, seed: 1)\nplot density(post.y)",
      data: "{\"y\": 1}"
    )
    #expect(output.count == 1)
    #expect(output[0].contains("█"))
  }
}
