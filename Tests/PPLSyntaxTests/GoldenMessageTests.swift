import Foundation
import PPLSourceText
import PPLSyntax
import Testing

/// Rendered messages as a user sees them; each file in `Golden` is to be read as prose.
///
/// `PPL_RECORD_GOLDEN=1` writes the files anew.
struct GoldenMessageTests {
  static let sources: [(name: String, text: String)] = [
    ("unclosed_call", "mu ~ Normal(0, 5)\ny[i: obs] ~ Normal(mu, sigma\nsigma ~ HalfNormal(1)\n"),
    ("misspelt_keyword", "dim obs\ndta y[obs]: real\n"),
    ("arrow_assignment", "mu <- 3\n"),
    ("module_of_another_system", "x ~ pm.Normal(0, 1)\n"),
    ("compound_assignment", "target += normal_lpdf(y | mu, sigma)\n"),
    ("chained_comparison", "inside = 0 < theta[1] < 1\n"),
    ("greek_letters", "μ ~ Normal(0, 10)\nσ ~ HalfNormal(1)\n"),
    (
      "stan_model",
      """
      data {
        int<lower=0> N;
        vector[N] y;
      }
      parameters {
        real mu;
        real<lower=0> sigma;
      }
      model {
        mu ~ normal(0, 10);
        for (n in 1:N) {
          y[n] ~ normal(mu, sigma);
        }
        // half-normal
        sigma ~ normal(0, 1) T[0, ];
      }
      """
    ),
    ("colon_range", "mu[1:K] ~ Normal(0, 1)\nlast = x[2:N]\n"),
    ("empty_subscript", "row[i: obs] = x[i,]\n"),
    ("unterminated_string", "data y[obs]: real from \"data.csv\nshow y\n"),
    ("number_forms", "a = .5\nb = 5.\nc = 1__000\nd = 2x\ne = 9007199254740993\n"),
    ("other_operators", "a = x ** 2\nb = x && !y || z\nc = n % 2\nd = a @ b'\n"),
    ("option_with_equals", "infer post = nuts(chains = 4, seed = 1)\n"),
    ("missing_else", "x[i: obs] = if flag[i] then a\n"),
    ("missing_value", "x = a +\ny ~ Normal(x, 1)\n"),
    ("two_bounds", "theta: real > 0 < 1 ~ Flat()\nsigma: real<lower=0> ~ Flat()\n"),
    ("data_without_type", "data x[obs], y[obs]\n"),
    ("misplaced_for", "total = sum(x[i] for i: obs, j)\nz = x[i] for i: obs\n"),
    ("wrong_bracket", "x = sum([a, b, c)\ny = (a + b]\nz = a)\n"),
    ("bare_call", "print(mu)\nmu\nmu + 1\n"),
    ("curly_quotes", "show a[“HENNEPIN”], a['AITKIN']\n"),
    ("unclosed_block", "model line {\n  y ~ Normal(a + b * x, sigma)\n\ninfer p = nuts(line)\n"),
    ("reserved_word", "data with[obs]: real\n"),
    ("long_sum", "x = " + (0..<500).map { "a\($0)" }.joined(separator: " + ") + "\n"),
    ("continued_line", "y = a\n  - b\n"),
  ]

  @Test(arguments: sources.map(\.name))
  func messageIsAsRecorded(_ name: String) throws {
    let text = try #require(Self.sources.first { $0.name == name }).text
    let file = SourceFile(name: "\(name).ppl", text: text)
    let rendered = DiagnosticRenderer().render(Parser.parse(file).diagnostics, in: file)
    let url = Fixtures.testFolder.appendingPathComponent("Golden/\(name).txt")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      try rendered.write(to: url, atomically: true, encoding: .utf8)
    }
    let recorded = try String(contentsOf: url, encoding: .utf8)
    #expect(rendered == recorded)
  }

  @Test func outlineIsAsRecorded() throws {
    let text = """
      data y[obs], x[obs]: real missing -1 key "X" from "f.csv"
      mu: real in (0, 1) ~ Normal(-2^k, sd: 1.5)   with k = 3
      z[t: time[2..], _ where t > 1] = if a then b.c else [i for i: 1..n]
      """
    let file = SourceFile(name: "outline.ppl", text: text)
    let (program, diagnostics) = Parser.parse(file)
    #expect(diagnostics.isEmpty)
    let outline = SyntaxDump.text(of: program, in: file)
    let url = Fixtures.testFolder.appendingPathComponent("Golden/outline.txt")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      try outline.write(to: url, atomically: true, encoding: .utf8)
    }
    #expect(try outline == String(contentsOf: url, encoding: .utf8))
  }
}
