import PPLSourceText
import Testing

/// What cannot be summed out, and why.
@Suite struct EliminationMessageTests {
  private func problem(_ text: String, _ data: [String: CaseData] = [:]) throws
    -> (String, String)?
  {
    try CompiledCase.problem(text: text, data: data).map { ($0.code, $0.message) }
  }

  @Test func statementsThatReadAllElementsAreRefused() throws {
    let found = try #require(
      try problem(
        """
        dim obs = 4
        data y: real
        z[i: obs] ~ Bernoulli(0.3)
        y ~ Normal(sum(z), 1)
        """,
        ["y": .scalar(1)]
      )
    )
    #expect(found.0 == "E0406")
    #expect(found.1.contains("several elements of `z`"))
  }

  @Test func largeLatticesAreRefused() throws {
    let found = try #require(
      try problem(
        """
        dim row = 20, col = 20
        data y[row, col]: real
        a ~ Normal(0, 1)
        z[i: row, j: col] ~ Bernoulli(0.4)
        factor across[i: row, j: col[2..]] = a * (z[i, j] == z[i, j-1])
        factor down[i: row[2..], j: col] = a * (z[i, j] == z[i-1, j])
        y[i: row, j: col] ~ Normal(z[i, j], 1)
        """,
        ["y": .numbers((0..<400).map { Double($0 % 2) }, shape: [20, 20])]
      )
    )
    #expect(found.0 == "E0407")
    #expect(found.1 == "`z` cannot be summed out exactly")
  }

  @Test func unknownBoundsAreRefused() throws {
    let found = try #require(
      try problem(
        """
        data y: int >= 0
        data m: int
        n: int in 0..m ~ Poisson(3)
        k: int in 0..100 ~ Binomial(n, 0.5)
        y ~ Binomial(k, 0.9)
        """,
        ["y": .scalar(2), "m": .scalar(100_000_000)]
      )
    )
    #expect(found.0 == "E0405")
  }

  @Test func boundsThatDependOnThemAreRefused() throws {
    let found = try #require(
      try problem(
        """
        data y: real
        z ~ Bernoulli(0.5)
        u ~ Uniform(0, 1 + z)
        y ~ Normal(u, 1)
        """,
        ["y": .scalar(1)]
      )
    )
    #expect(found.0 == "E0901")
    #expect(found.1.contains("a discrete latent that is summed out"))
  }
}
