import PPLSourceText
import Testing

/// One run shows all mistakes, each once.
struct SeveralMistakesTests {
  @Test func mistakesOfDifferentStatementsAreAllReported() {
    let checked = CheckedText(
      """
      dim school, house
      data y[schol]: real
      data x[house]: float
      mu ~ normal(0, 1)
      sigma ~ HalfNormal(-1)
      theta[school] ~ Normal(mu, tau)
      z = x + 1
      infer post = nuts(chain: 4)
      show post.theta, pots
      """
    )
    #expect(
      checked.codes == [
        "E0201", "E0202", "E0502", "E0303", "E0201", "E0601", "E0602",
      ],
      "\(checked.rendered)"
    )
  }

  @Test func mistakesOfOneStatementAreAllReported() {
    let checked = CheckedText("x ~ Normal(a, b)\ny = c + d * exp(e)")
    #expect(checked.codes == ["E0201", "E0201", "E0201", "E0201", "E0201"], "\(checked.rendered)")
  }

  /// What reads a wrong quantity says nothing more.
  @Test(
    arguments: [
      "x = undefined\ny = x + 1\nz ~ Normal(y, 1)\nw[i: 3] = y[i]",
      "data x: undefined\ny = x[1] + x\nx ~ Normal(0, 1)",
      "dim d\na[i: e] = i + b[i]\nb[j: d] = 1",
      "mu ~ undefined(0, 1)\nx ~ Normal(mu, mu)\nfactor f = mu[1]",
      "fn f(x: real) -> real = undefined + x\na = f(1)\nb = f(2) + f(a)",
      "mu ~ Normal(0, 1)\ninfer p = undefined()\nshow p, E(p.mu)\nsave p to \"p\"",
      "a, b, c ~ Normal(0, -1)",
      "a = b\nb = a\nc = a + b\nd ~ Normal(c, 1)",
      "data a = b\ndata b = a\nc = a + b",
      "factor f[i: undefined] = -i",
    ]
  )
  func oneMistakeGivesOneMessage(_ text: String) {
    let checked = CheckedText(text)
    #expect(checked.diagnostics.count == 1, "\(checked.rendered)")
  }

  @Test func messagesComeInTheOrderOfTheText() {
    let checked = CheckedText("y = x + one\nx = two\nz = three")
    let starts = checked.diagnostics.compactMap { $0.primary?.span.start }
    #expect(starts == starts.sorted() && starts.count == 3, "\(checked.rendered)")
  }
}
