import PPLSemantics
import PPLSyntax
import PPLTypeSystem
import Testing

/// Programs that are right: each line of the language's rules that is run.
struct AcceptedTests {
  struct Program: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String

    init(_ name: String, _ text: String) {
      self.name = name
      self.text = text
    }

    var testDescription: String { name }
  }

  static let declarations: [Program] = [
    .init(
      "computed data in a condition on what it is computed from",
      "dim d\ndata y[d]: int\ndata some[i: d] = y[i] > 0\na ~ Normal(0, 1)\n"
        + "some[i: d] ~ Bernoulli(logit: a)\ny[i: d where some[i]] ~ Poisson(log: a)"
    ),
    .init("size", "dim d = 3\nx[d] ~ Normal(0, 1)"),
    .init("size from data", "data n: int\ndim d = n, e = 2 * n + 1\nx[d, e] ~ Normal(0, 1)"),
    .init(
      "size from another",
      "dim d\ndata y[d]: real\ndim e = size(d) div 2\nx[e] ~ Normal(0, 1)"
    ),
    .init(
      "size from computed data",
      "dim d\ndata g[d]: int\ndata k = max(g)\ndim e = k\nx[e] ~ Normal(0, 1)"
    ),
    .init(
      "prior scaled by the observations",
      "dim t\ndata y[t]: real\ndata s = sd(known(y))\nm ~ Normal(mean(known(y)), s)\ny[i: t] ~ Normal(m, s)"
    ),
    .init("range", "dim d = 0..9, e = -2..2\nx[d, e] ~ Normal(0, 1)"),
    .init("labels", "dim arm = [\"a\", \"b\"]\nx[arm] ~ Normal(0, 1)\ny = x[\"a\"] - x[\"b\"]"),
    .init("from data", "dim d, e\ndata x[d, e]: real, y[d]: bool\nz = sum(x)"),
    .init(
      "types",
      "dim d, e\ndata a: real\ndata b: int\ndata c: bool\ndata f[d]: e\nz = a + b + c"
    ),
    .init("shared type", "dim d\ndata x[d], y[d]: real\nz = sum(x) + sum(y)"),
    .init(
      "bounds",
      "data a: real > 0\ndata b: int in 0..5\ndata c: real in [0, 1)\ndata e: int in {1, 3}"
    ),
    .init(
      "bound from data",
      "data n: int\ndata k: int in 0..n\ndim d\ndata u[d], l[d]: real > a\ndata a: real"
    ),
    .init("bound for each element", "dim d\ndata lo[d]: real\ndata x[d]: real > lo"),
    .init("bound from computed data", "data a: real\ndata m = 2 * a\ndata b: real < m"),
    .init("key and file", "dim d\ndata x[d]: real key \"X\" from \"x.csv\"\nz = sum(x)"),
    .init("missing code", "dim d\ndata x[d]: real missing -1\nx ~ Normal(0, 1)"),
    .init("anonymous axis", "data x[3]: real\ny = x[1] + x[2]"),
    .init("joint data type", "dim d\ndata p[d]: real\ndata q: simplex[d]\nz = sum(p) + sum(q)"),
    .init(
      "computed data",
      "dim d\ndata y[d]: real\ndata c = y - mean(y)\ndata s[i: d] = y[i]^2\ns[i: d] ~ Exponential(1)"
    ),
  ]

  static let equations: [Program] = [
    .init("several targets", "mu, b ~ Normal(0, 1)\ns, t: real > 0 ~ Normal(0, 1)"),
    .init(
      "shorthand and named binders",
      "dim d\na[d] ~ Normal(0, 1)\nb[i: d] = 2 * a[i]\nc[d] ~ Normal(0, 1)"
    ),
    .init(
      "where",
      "dim d\ndata f[d]: bool\nx[i: d where f[i]] ~ Normal(0, 1)\nx[i: d where not f[i]] = 0"
    ),
    .init(
      "ranges",
      "dim t\nx[1] ~ Normal(0, 1)\nx[i: t[2..]] ~ Normal(x[i-1], 1)\ny[i: t[..3]] = x[i]"
    ),
    .init(
      "fixed items",
      "dim t\nx[first(t)] = 0\nx[i: t[2..]] = 1\ny[last(t)] = 3\ny[i: t where i != last(t)] = x[i]"
    ),
    .init("with", "dim d\ndata x[d]: real\ny[i: d] = a + b   with a = x[i], b = 2 * a"),
    .init(
      "whole arrays",
      "dim d\ndata x[d], y[d]: real\nz = x + 2 * y\ny ~ Normal(x, 1)\nw[i: d] = z[i]"
    ),
    .init(
      "whole joint array",
      "dim d, e\ndata X[d, e]: real\ndata y[d]: real\nb[e] ~ Normal(0, 1)\ny ~ Normal(X @ b, 1)"
    ),
    .init(
      "factor",
      "dim d\nx[d] ~ Flat()\nfactor f[i: d] = -x[i]^2\nfactor g = -sum(x)^2\nfactor h[i: d where i > 1] = a   with a = -x[i]"
    ),
    .init("order is free", "y = 2 * x\nx ~ Normal(mu, 1)\nmu ~ Normal(0, 1)"),
    .init(
      "joint types",
      "dim d\np: simplex[d] ~ Dirichlet(1)\no: ordered[d] ~ Normal(0, 1)\nu: sum_to_zero[d] ~ Flat()\nv: unit[d] ~ Flat()\nC: corr[d] ~ LKJ(2)\nL: cholesky_corr[d] ~ LKJCholesky(2)\nS: cov[d] ~ Flat()"
    ),
    .init("joint type for each index", "dim s\nP[s]: simplex[s] ~ Dirichlet(1)\nq = P[1, 2]"),
    .init(
      "vector target",
      "dim d\nx: real[d] ~ Normal(0, 1)\ny: real[d] ~ MultiNormal(0, diag_matrix(x^2))"
    ),
    .init(
      "list adopts the axis",
      "dim d = 3\nmu: positive_ordered[d] ~ Normal([1, 2, 3], 1)\nx = mu[2]"
    ),
    .init(
      "bounded latents",
      "a: real in (0, 1) ~ Flat()\nb: real in (0, 1 - a) ~ Flat()\nc: real > 0 ~ Normal(0, 1)"
    ),
    .init(
      "labelled parameters",
      "data n: int\ndata y: int\nx ~ Normal(0, 1)\ny ~ Binomial(n, logit: x)\nz ~ Normal(mean: 0, precision: 2)"
    ),
    .init(
      "generated",
      "data y: real\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)\nrep ~ Normal(mu, 1)\nk ~ Poisson(3)"
    ),
    .init(
      "series",
      "dim t\ndata y[t]: real\nphi ~ Uniform(-1, 1)\ny[i: t[2..]] ~ Normal(phi * y[i-1], 1)"
    ),
    .init("static if", "dim t\ndata y[t]: real\nd[i: t] = if i > 1 then y[i] - y[i-1] else 0"),
    .init("scale of a bounded latent", "s: real > 0 ~ Normal(0, 1)\nx ~ Normal(0, s)"),
    .init(
      "categorical data",
      "dim k, i\ndata c[i]: k\np: simplex[k] ~ Dirichlet(1)\nc[j: i] ~ Categorical(p)"
    ),
  ]

  static let compositions: [Program] = [
    .init(
      "censored",
      "dim d\ndata y[d], u[d]: real\ndata f[d]: bool\nm ~ Normal(0, 1)\ny[i: d] ~ censored(Normal(m, 1), right: f[i])\nu ~ censored(Normal(m, 1), lower: 0, upper: y)\nz ~ censored(Normal(m, 1), upper: 1)"
    ),
    .init(
      "truncated",
      "a, b ~ Exponential(1)\nx ~ truncated(Normal(0, 1), lower: -a, upper: b)\ny ~ Exponential(1) |> truncated(upper: 3)\ns ~ truncated(Normal(0, 1), lower: 0)\nz ~ Normal(0, s)"
    ),
    .init("rounded", "data y: real\nm ~ Normal(0, 1)\ny ~ rounded(Normal(m, 1), to: 0.5)"),
    .init(
      "mixture",
      "dim d, k = 2\ndata y[d]: real\nw: simplex[k] ~ Dirichlet(1)\ny ~ Mixture(w, Normal(0, 1), if 1 > 2 then Normal(1, 1) else Cauchy(0, 1))\nb ~ Mixture([0.5, 0.5], Bernoulli(0.2), Bernoulli(0.4))"
    ),
    .init(
      "if",
      "dim d\ndata y[d]: real\nz[d] ~ Bernoulli(0.5)\ny[i: d] ~ if z[i] then Normal(0, 1) else Normal(3, 1)"
    ),
    .init(
      "dist",
      "dim d\ndata y[d]: real\ndist D[e](m: real[e], s: real > 0) -> real[e] { logp(x) = -sum((x - m)^2) / s }\ns ~ Exponential(1)\ny ~ D([i / 2 for i: d], s)\nx: real[d] ~ D(y, 1)"
    ),
    .init(
      "dist of the name of a family",
      "dist Normal(a: real) -> real in (0, a) { logp(x) = -log(a) }\nx ~ Normal(3)"
    ),
  ]

  static let expressions: [Program] = [
    .init(
      "comprehensions",
      "dim a, b\ndata x[a, b]: real\ny = [x[i, j]^2 for i: a, j: b]\nz = sum(x[i, 1] for i: a where i > 1)"
    ),
    .init("integer binders", "data n: int\ny = sum(i * j for i: n, j: 1..3 where i < j)"),
    .init(
      "reducers",
      "dim d\ndata x[d]: real\ndata f[d]: bool\ny = mean(x) + sd(x) + var(x) + min(x) + max(x) + prod(x) + log_sum_exp(x)\nz = if any(f) and not all(f) then 1 else 0"
    ),
    .init(
      "slices",
      "dim a, b\ndata x[a, b]: real\ny = x[1]\nz = x[_, 2]\nw = x[2.., 1]\nv = x[1, ..2]"
    ),
    .init("index arrays", "dim c, h\ndata g[h]: c\na[c] ~ Normal(0, 1)\ny = a[g]"),
    .init(
      "casts and ends",
      "dim d = 5..9\nx[d] ~ Normal(0, 1)\ny = x[d(7)] + x[first(d)] + x[last(d)] + size(d)"
    ),
    .init("index as label", "dim t = 2000..2010\nx[i: t] = i - 2005\ny[i: t, j: t] = i - j"),
    .init(
      "index comparison",
      "dim a = [\"p\", \"q\"], i\ndata u[i]: a\nx[j: i] = if u[j] == \"p\" then 1 else 0\nsame[j: i, k: i] = if u[j] == u[k] and j != k then 1 else 0"
    ),
    .init(
      "matrices",
      "dim a, b\ndata X[a, b]: real\nG = transpose(X) @ X\nL = cholesky(G)\nv = diag(L)\nD = diag_matrix(v)\nq = X[1] @ X[1]\ns = dot(X[1], X[2])"
    ),
    .init(
      "vectors",
      "dim d\ndata x[d]: real\na = cumsum(x)\nb = sort(x)\nc = softmax(x)\ne: real[d] = a + b + c"
    ),
    .init("pipe", "data x: real\ny = x |> exp |> atan2(2) |> max(0)"),
    .init("constants", "y = pi + exp(1)\nz: real in (0, inf) ~ Exponential(1)"),
    .init("own constant", "data pi: real\ny = 2 * pi"),
    .init(
      "operators",
      "data a, b: real\ny = -a^2 + b / 2 - 7 div 2 * (3 mod 2)\nz = if a < b or not (a == b) then 1 else 2"
    ),
    .init(
      "log density",
      "dim d\ndata x[d]: real\nmu ~ Normal(0, 1)\nfactor f = sum(logp(Normal(mu, 1), x))"
    ),
    .init("function", "fn f(x: real, y: real) -> real = x + 2 * y\na = f(1, 2)\nb = f(y: 1, x: 2)"),
    .init(
      "function of arrays",
      "dim a, b\ndata x[a], y[b]: real\nfn f[d](v: real[d]) -> real = sum(v[i]^2 for i: d)\np = f(x) + f(y)"
    ),
    .init(
      "function over axes without dimension",
      """
      theta: real[3] ~ Normal(0, 1)
      fn f[d](x: real[d]) -> real = sum(x[i] * x[i] for i: d) / size(d) + x[last(d)] - x[d(1)]
      fn g[e](x: real[e]) -> real[e] = [f(x) * x[i] for i: e]
      a = f(theta)
      b = g(theta) + theta
      c = f([1, 2])
      """
    ),
    .init(
      "function hides a dimension",
      """
      dim d = 2
      data y[d]: real
      fn inner(x: real[d]) -> real = sum(x)
      fn outer[d](x: real[d], k: real) -> real = sum(x[i] for i: d[2..]) + k
      a = outer([1, 2, 3], inner(y))
      """
    ),
    .init(
      "function of joint types",
      """
      dim k, n = 2
      R: corr[k] ~ LKJ(2)
      L: cholesky_corr[n] ~ LKJCholesky(2)
      p: simplex[k] ~ Dirichlet(1)
      data S[k, k]: real
      fn trace[d](A: cov[d]) -> real = sum(A[i, i] for i: d)
      fn first_row[d](A: cholesky_corr[d]) -> real[d] = A[1]
      fn entropy[d](p: simplex[d]) -> real = -sum(p * log(p))
      fn whole[d](A: corr[d]) -> corr[d] = A @ A
      a = trace(R) + trace(S) + entropy(p) + trace([[1, 0], [0, 1]])
      b = first_row(L)
      c = whole(R) + S
      """
    ),
    .init("function lifted", "dim a\ndata x[a]: real\nfn f(v: real) -> real = v^2\ny = f(x)"),
    .init(
      "function with names",
      "fn f(x: real) -> real = a * b   with a = x + 1, b = a^2\ny = f(2)"
    ),
    .init(
      "function of functions",
      "fn f(x: real) -> real = x + 1\nfn g(x: real) -> real = f(f(x)) * 2\ny = g(f(2))"
    ),
    .init(
      "index parameter",
      "dim k, i\ndata z[i]: k\nm[k] ~ Normal(0, 1)\nfn f(j: k, s: real) -> real = if j == 1 then s else -s\ny[n: i] = f(z[n], m[z[n]])"
    ),
    .init(
      "names of their own",
      "data E, P: real\nmu ~ Normal(E, 1)\ninfer p = nuts()\nshow E(p.mu), P(p.mu > P)"
    ),
  ]

  static let scripts: [Program] = [
    .init("no fit", "mu ~ Normal(0, 1)"),
    .init(
      "settings",
      "mu ~ Normal(0, 1)\ninfer p = nuts(chains: 2, draws: 10, warmup: 5, seed: 3, adapt: stan, target_accept: 0.9, max_depth: 8)"
    ),
    .init(
      "two fits",
      "mu ~ Normal(0, 1)\ninfer p = nuts(seed: 1)\ninfer q = nuts(seed: 2)\nshow p, q\nshow E(p.mu) - E(q.mu)"
    ),
    .init(
      "queries",
      "dim d\ndata y[d]: real\na[d] ~ Normal(0, 1)\ny[i: d] ~ Normal(a[i], 1)\ninfer p = nuts()\nshow p.a, E(p.a[1]), SD(p.a), P(p.a[1] > p.a[2]), Q(p.a, 0.9), E(sum(p.a)) - mean(y)"
    ),
    .init("save", "mu ~ Normal(0, 1)\ninfer p = nuts()\nsave p to \"p.zarr\""),
  ]

  @Test(arguments: declarations + equations + compositions + expressions + scripts)
  func isAccepted(_ program: Program) {
    let checked = CheckedText(program.text)
    #expect(checked.diagnostics.isEmpty, "\(checked.rendered)")
    for equation in checked.model.equations {
      if case .definition(let value) = equation.body { #expect(!value.type.isInvalid) }
    }
    for variable in checked.model.variables { #expect(!variable.type.isInvalid) }
  }

  // MARK: What is found

  private func variable(_ name: String, in text: String) throws -> Variable {
    let checked = CheckedText(text)
    #expect(checked.diagnostics.isEmpty, "\(checked.rendered)")
    return try #require(checked.model.variables.first { $0.name.text == name })
  }

  @Test func bracketsArePlateAndTypeIsEvent() throws {
    let p = try variable("P", in: "dim a, b\nP[a]: simplex[b] ~ Dirichlet(1)")
    #expect(p.plateRank == 1)
    #expect(p.type == ValueType(.real, axes: [.dimension(.init(0)), .dimension(.init(1))]))
  }

  @Test func arrayDefinitionTakesTheShapeOfItsRightSide() throws {
    let z = try variable("z", in: "dim a\ndata x[a]: int\nz = 2 * x")
    #expect(z.plateRank == 0)
    #expect(z.type == ValueType(.integer, axes: [.dimension(.init(0))]))
  }

  @Test func categoricalGivesIndicesOfItsAxis() throws {
    let z = try variable("z", in: "dim a\np: simplex[a] ~ Dirichlet(1)\nz ~ Categorical(p)")
    #expect(z.type == ValueType(.index(.init(0))))
  }

  /// Data that are computed are data in every respect.
  @Test(arguments: ["data y: real", "data raw: real\ndata y = 2 * raw"])
  func whatNothingObservedNeedsIsGenerated(_ data: String) throws {
    let text =
      data + "\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)\nrep ~ Normal(mu, 1)\ntwo = 2 * mu"
    func role(_ name: String) throws -> ModeledRole? {
      if case .modeled(let role) = try variable(name, in: text).role { role } else { nil }
    }
    #expect(try role("mu") == .sampled)
    #expect(try role("rep") == .generated)
    #expect(try role("two") == .derived)
  }

  @Test func withoutObservationsContinuousLatentsAreSampled() throws {
    let text = "mu ~ Normal(0, 1)\nk ~ Poisson(3)"
    if case .modeled(let role) = try variable("mu", in: text).role { #expect(role == .sampled) }
    if case .modeled(let role) = try variable("k", in: text).role { #expect(role == .generated) }
  }

  @Test func evaluationOrderPutsWhatIsReadFirst() throws {
    let checked = CheckedText("c = b + 1\nb = a + 1\na ~ Normal(0, 1)")
    let names = checked.model.evaluationOrder.map { checked.model.variables[$0.index].name.text }
    #expect(names == ["a", "b", "c"])
  }
}
