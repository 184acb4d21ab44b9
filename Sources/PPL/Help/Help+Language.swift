import PPLSemantics

// What is no table of the library: statements, what stands around distributions, and functions with rules of their own.

/// The statements of the language.
package enum StatementKind: String, Sendable, CaseIterable {
  case dim, data, param, equation, factor, fn, net, dist, ode, guide, infer, predict, show, plot
  case check, save
  case externalFunction = "extern"

  fileprivate var entry: Help.Entry {
    let (form, summary, details, example) = content
    return Help.Entry(
      name: rawValue,
      kind: .statement,
      forms: form,
      summary: summary,
      details: details,
      example: example
    )
  }

  private var content: ([String], String, [String], String?) {
    switch self {
    case .dim:
      (
        ["dim d", "dim d = 3", "dim d = 0..9", "dim d = [\"a\", \"b\"]", "dim d[i: e] = n[i]"],
        "declares dimensions: ordered lists of labels that arrays run over",
        ["without `=` size and labels come from the data"], "dim county, house"
      )
    case .data:
      (
        ["data x[d]: real", "data x[d]: real > 0 key \"name\" from \"file.csv\"", "data x = e"],
        "declares what files give, or computes it once from other data",
        ["types are real, int, bool, or a dimension for its indices; bounds may follow"],
        "data y[house]: real, county_of[house]: county key \"county\""
      )
    case .param:
      (
        ["param x[d]: real = start"],
        "declares numbers that a fit finds, without prior", [], "param b[feature]: real = 0"
      )
    case .equation:
      (
        ["x[i: d] ~ D(…)", "x[i: d] = e", "x: type ~ D(…)", "… with a = e"],
        "says how a quantity is distributed (~), or defines it (=)",
        [
          "brackets on the left: one equation for each index, independent given the rest",
          "a type on the left: the axes of one event, and bounds that truncate",
        ], "y[i: house] ~ Normal(a[county_of[i]] + b * x[i], sigma)"
      )
    case .factor:
      (
        ["factor name[i: d] = e"], "adds a term to the log density", [],
        "factor smooth = -0.5 * sum((x[t] - x[t-1])^2 for t: time[2..])"
      )
    case .fn:
      (
        ["fn f[d](x: real[d]) -> real = e with a = e"],
        "defines a function, for any dimension where brackets say so", [],
        "fn square_sum[d](x: real[d]) -> real = sum(x^2)"
      )
    case .net:
      (
        ["net f(x: real[d]) -> real = x |> Dense(50, tanh) |> Dense(1)", "causal net f(…) …"],
        "defines a function of one example, made of layers with weights",
        ["the weights are fitted, or latent where `f.weights ~ D` gives them a prior"], nil
      )
    case .dist:
      (
        ["dist D(a: real) -> real { logp(x) = e; draw = e with z ~ D2 }"],
        "defines a distribution by its log density, and how it is drawn", [], nil
      )
    case .externalFunction:
      (
        [
          "extern fn f(x: real) -> real = process(\"command\")",
          "extern dist D(a: real) -> real[d] = process(\"command\")",
        ],
        "uses a function or simulator outside of the program",
        ["needs --allow-extern"], nil
      )
    case .ode:
      (
        ["ode t from a at ts[d] (rtol: 1e-6) { x' = e; x(a) = e }"],
        "solves a system of differential equations at the times of an array", [], nil
      )
    case .guide:
      (
        ["guide g { z[i: d] ~ D(…) }"],
        "says what approximates latents in a fit by `svi`", [], nil
      )
    case .infer:
      (
        ["infer post = engine(settings)"],
        "fits the model; `ppl engines` or ?nuts shows what engines take", [],
        "infer post = nuts(chains: 4, seed: 1)"
      )
    case .predict:
      (
        ["predict y2 = y given post", "predict y2 = y given post, \"new.csv\""],
        "draws a quantity forward from the draws of a fit, also for other data", [], nil
      )
    case .show:
      (
        ["show post", "show e, e"], "prints a fit, a value, or the summary of a quantity",
        ["in a session an expression alone is shown"], "show P(post.a > post.b)"
      )
    case .plot:
      (
        ["plot density(post.a)", "plot trace(post.a), pairs(post.a, post.b)", "plot energy(post)"],
        "draws pictures of a fit in the terminal, and into a page beside it",
        ["pictures: " + PlotKind.allCases.map(\.rawValue).joined(separator: ", ")], nil
      )
    case .check:
      (
        ["check post", "check max(post.y)"],
        "holds replicates of what was observed against it", [], nil
      )
    case .save:
      (
        [
          "save post to \"fit.zarr\"", "save fit to \"weights.safetensors\"", "save e to \"x.npy\"",
        ],
        "writes a fit, its weights, or values to a file", [], nil
      )
    }
  }
}

extension Help {
  static var statements: [Entry] { StatementKind.allCases.map(\.entry) }

  /// Ways to make distributions of others.
  static var compositions: [Entry] {
    [
      Entry(
        name: "censored",
        kind: .distribution,
        forms: [
          "censored(D, lower: a, upper: b)", "censored(D, left: flag, right: flag)",
          "censored(D, interval: b)",
        ],
        summary: "D where of some values only a side, or an interval, is known."
      ),
      Entry(
        name: "truncated",
        kind: .distribution,
        forms: ["truncated(D, lower: a, upper: b)"],
        summary: "D restricted to an interval, and normalised there."
      ),
      Entry(
        name: "rounded",
        kind: .distribution,
        forms: ["rounded(D, to: 0.5)"],
        summary: "D where values are known as multiples of a unit."
      ),
      Entry(
        name: "Mixture",
        kind: .distribution,
        forms: ["Mixture(weights, D1, D2, …)"],
        summary: "One of several distributions, by their weights.",
        example: "y[obs] ~ Mixture([w, 1 - w], Normal(a, s), Normal(b, s))"
      ),
    ]
  }

  /// Functions with a rule of their own.
  static var languageFunctions: [Entry] {
    let dimensions = [
      ("size", "number of indices of a dimension"), ("first", "first index of a dimension"),
      ("last", "last index of a dimension"),
    ].map {
      Entry(name: $0.0, kind: .function, forms: ["\($0.0)(d)"], summary: $0.1)
    }
    let zeros = Entry(
      name: "zeros",
      kind: .function,
      forms: ["zeros(d, e)"],
      summary: "array of zeros over dimensions"
    )
    return dimensions + [zeros] + DistributionFunction.allCases.map(\.help)
      + IntervalFunction.allCases.map(\.help)
  }

  /// What stands in `show` only.
  static var queries: [Entry] {
    func entry(_ name: String, _ form: String, _ summary: String) -> Entry {
      Entry(name: name, kind: .query, forms: [form], summary: summary)
    }
    let scores = PredictionScore.allCases.map { entry($0.rawValue, $0.form, $0.summary) }
    return [
      entry("E", "E(post.x)", "mean over the draws"),
      entry("P", "P(post.x > 0)", "share of the draws in which it holds"),
      entry("SD", "SD(post.x)", "standard deviation over the draws"),
      entry("Q", "Q(post.x, 0.9)", "quantile over the draws"),
      entry("loo", "loo(post, by: d)", "expected log predictive density, by leave-one-out"),
      entry("waic", "waic(post)", "the same by the widely applicable information criterion"),
      entry("elbo", "elbo(fit)", "evidence lower bound of a variational fit"),
      entry("probabilities", "probabilities(post.z)", "probabilities of summed-out latents"),
      entry(
        "marginal_likelihood",
        "marginal_likelihood(post)",
        "log marginal likelihood, by bridge sampling"
      ),
      entry("confusion", "confusion(test)", "how often each value was predicted as which"),
    ] + scores
  }
}

extension DistributionFunction {
  fileprivate var help: Help.Entry {
    let (form, summary) =
      switch self {
      case .logDensity: ("logp(D, x)", "log density of a distribution at x")
      case .cumulative: ("cdf(D, x)", "probability of a value of at most x")
      case .quantile: ("quantile(D, p)", "x of which cdf(D, x) is p")
      }
    return Help.Entry(name: rawValue, kind: .function, forms: [form], summary: summary)
  }
}

extension IntervalFunction {
  fileprivate var help: Help.Entry {
    let (form, summary) =
      switch self {
      case .integral:
        (
          "integrate(f, a, b, …)",
          "integral of a function over an interval; what follows b are further arguments of f"
        )
      case .root:
        (
          "root(f, a, b, …)",
          "place in an interval at which a function is 0; what follows b are further arguments of f"
        )
      }
    return Help.Entry(name: rawValue, kind: .function, forms: [form], summary: summary)
  }
}

extension PredictionScore {
  fileprivate var form: String {
    switch self {
    case .coverage: "coverage(test, 0.9)"
    case .rootMeanSquaredError, .meanAbsoluteError, .accuracy: "\(rawValue)(test)"
    }
  }

  fileprivate var summary: String {
    switch self {
    case .rootMeanSquaredError: "root of the mean squared difference to the mean of the draws"
    case .meanAbsoluteError: "mean absolute difference to the median of the draws"
    case .coverage: "share of values within the central interval of a probability"
    case .accuracy: "share of values that are the most probable one"
    }
  }
}
