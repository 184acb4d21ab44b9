extension DataMessage {
  /// Functions of which each calls the one before it; `body` gets that one's name.
  private static func functions(_ count: Int, body: (String) -> String) -> String {
    let calls = (1..<count).map { "\nfn f\($0)(x: real) -> real = \(body("f\($0 - 1)"))" }
    return "fn f0(x: real) -> real = x + 1" + calls.joined()
  }

  /// What is wrong with a model once its data are known.
  static let lowering: [DataMessage] = [
    .init(
      "no_derivative",
      "E0307",
      status: 2,
      model: """
        fn g(a: real) -> real = cdf(Gamma(a, 1), 2)
        b ~ Gamma(2, 1)
        factor f = g(b)
        """,
      data: "{}"
    ),
    .init(
      "covariance_as_written",
      "E0308",
      status: 2,
      model: """
        dim k = 2
        x: real[k] ~ MultiNormal(0, cov: [[1, 2], [2, 1]])
        """,
      data: "{}"
    ),
    .init(
      "correlation_as_written",
      "E0308",
      status: 2,
      model: """
        dim k = 2
        x: real[k] ~ MultiNormal(0, sd: 1, corr: [[2, 0], [0, 1]])
        """,
      data: "{}"
    ),
    .init(
      "weights_as_written",
      "E0308",
      status: 2,
      model: """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Mixture([0.5, 0.6], Normal(mu, 1), Normal(0, 1))
        """,
      data: #"{"y": [1, 2]}"#
    ),
    .init(
      "sum_over_many_states",
      "E0406",
      status: 2,
      model: """
        dim time
        data y[time]: real
        z[time] ~ Bernoulli(0.5)
        y[t: time] ~ Normal(sum(z[u] for u: time where u <= t), 1)
        """,
      data: #"{"y": [1, 2, 3]}"#
    ),
    .init(
      "state_chosen_by_a_latent",
      "E0406",
      status: 2,
      model: """
        dim time
        data y[time]: real
        a ~ Normal(0, 1)
        z[time] ~ Bernoulli(0.5)
        y[t: time] ~ Normal(z[time(1 + (a > 0))], 1)
        """,
      data: #"{"y": [1, 2, 3]}"#
    ),
    .init(
      "guide_of_other_categories",
      "E0614",
      status: 2,
      model: """
        dim obs, state = 3
        data y[obs]: real
        mu[state] ~ Normal(0, 1)
        z[i: obs] ~ DiscreteUniform(state)
        y[i: obs] ~ Normal(mu[z[i]], 1)
        guide g { z[i: obs] ~ Categorical(logit: [0, y[i]]) }
        infer fit = svi(guide: g, steps: 9)
        """,
      data: #"{"y": [1, 2, 3]}"#
    ),
    .init(
      "counts_without_ends",
      "E0405",
      status: 2,
      model: """
        data y: real
        n ~ Poisson(3)
        y ~ Normal(n, 1)
        infer fit = svi()
        infer other = nuts()
        """,
      data: #"{"y": 2}"#
    ),
    .init(
      "states_on_a_grid",
      "E0407",
      status: 2,
      model: """
        dim row = 20, col = 20
        data y: real
        z[i: row, j: col] ~ Bernoulli(0.4)
        factor across[i: row, j: col[2..]] = (z[i, j] == z[i, j-1])
        factor down[i: row[2..], j: col] = (z[i, j] == z[i-1, j])
        y ~ Normal(z[1, 1], 1)
        """,
      data: #"{"y": 1}"#
    ),
    .init(
      "many_coupled_states",
      "E0407",
      status: 2,
      model: """
        a, b, d, e ~ DiscreteUniform(1, 100)
        factor ab = -abs(a - b)
        factor ad = -abs(a - d)
        factor ae = -abs(a - e)
        factor bd = -abs(b - d)
        factor be = -abs(b - e)
        factor de = -abs(d - e)
        """,
      data: "{}"
    ),
    .init(
      "calls_too_deep",
      "E0504",
      status: 2,
      model: functions(600) { "\($0)(x) + 1" } + "\nmu ~ Normal(0, 1)\ny = f599(mu)",
      data: "{}"
    ),
    .init(
      "chain_of_sizes",
      "E0504",
      status: 2,
      model: (0..<210).map { "dim d\($0) = size(d\($0 + 1))\n" }.joined()
        + "dim d210 = 2\nmu[d0] ~ Normal(0, 1)",
      data: "{}"
    ),
    .init(
      "no_such_text_label",
      "E0701",
      status: 2,
      model: """
        dim county
        data x[county]: real
        a[county] ~ Normal(0, 1)
        b = a["HENEPIN"]
        """,
      data: #"{"county": ["ANOKA", "HENNEPIN"], "x": [1, 2]}"#
    ),
    .init(
      "no_such_number",
      "E0701",
      status: 2,
      model: """
        dim time = 3
        a[time] ~ Normal(0, 1)
        b = a[time(4)]
        """,
      data: "{}"
    ),
    .init(
      "cast_of_data",
      "E0701",
      status: nil,
      model: """
        dim obs, group = 2
        data g[obs]: int
        a[group] ~ Normal(0, 1)
        b[i: obs] = a[group(g[i])]
        """,
      data: #"{"g": [1, 3]}"#
    ),
    .init(
      "shift_before_the_first",
      "E0702",
      status: 2,
      model: """
        dim time
        data y[time]: real
        a ~ Normal(0, 1)
        y[t: time] ~ Normal(a * y[t-1], 1)
        """,
      data: #"{"y": [1, 2, 3]}"#
    ),
    .init(
      "recursion_before_the_first_given",
      "E0702",
      status: 2,
      model: """
        dim time = 4
        a ~ Normal(0, 1)
        x[1] = a
        x[t: time[2..]] = a * x[t-2]
        """,
      data: "{}"
    ),
    .init(
      "latent_state_before_the_first",
      "E0702",
      status: 2,
      model: """
        dim time, state = 2
        data y[time]: real
        z[t: time] ~ Categorical([0.5, 0.5])
        y[t: time] ~ Normal(if z[t-1] == 1 then 0 else 1, 1)
        """,
      data: #"{"y": [1, 2, 3]}"#
    ),
    .init(
      "slice_leaves_the_axis",
      "E0702",
      status: 2,
      model: """
        x: real[3] ~ Normal(0, 1)
        y = sum(x[1..4])
        """,
      data: "{}"
    ),
    .init(
      "slice_end_is_too_great",
      "E0702",
      status: nil,
      model: """
        data y: real[3], n: int
        mu ~ Normal(sum(y[1..n]), 1)
        """,
      data: #"{"y": [1, 2, 3], "n": 1e300}"#
    ),
    .init(
      "range_end_is_too_great",
      "E0702",
      status: nil,
      model: """
        data n: int
        a ~ Normal(0, 1)
        b = sum(a^i for i: 1..n)
        """,
      data: #"{"n": 1e300}"#
    ),
    .init(
      "index_leaves_an_axis_of_integers",
      "E0702",
      status: 2,
      model: """
        data y: real[3]
        mu ~ Normal(0, 1)
        y[4] ~ Normal(mu, 1)
        """,
      data: #"{"y": [1, 2, 3]}"#
    ),
    .init(
      "index_leaves_its_row",
      "E0702",
      status: 2,
      model: """
        dim person, visit[person]
        data x[person, visit], y[person, visit]: real
        a ~ Normal(0, 1)
        y[p: person, v: visit[p]] ~ Normal(a * x[p, visit(2)], 1)
        """,
      data: #"{"x": [[1, 2], [3]], "y": [[1, 2], [3]]}"#
    ),
    .init(
      "index_of_zero_on_the_left",
      "E0702",
      status: 2,
      model: "x[i: 0..3] ~ Normal(0, 1)",
      data: "{}"
    ),
    .init(
      "dimension_is_too_large",
      "E0803",
      model: """
        data n: int
        dim obs = n
        a[obs] ~ Normal(0, 1)
        """,
      data: #"{"n": 1000000000}"#
    ),
    .init(
      "comprehension_is_too_large",
      "E0803",
      model: """
        data n: int
        dim a = n, b = n, d = n
        mu ~ Normal(0, 1)
        x = sum(mu * i * j * k for i: a, j: b, k: d)
        """,
      data: #"{"n": 1000}"#
    ),
    .init(
      "array_is_too_large",
      "E0803",
      model: """
        data n: int
        dim a = n, b = n
        x[1, j: b] ~ Normal(0, 1)
        x[i: a[2..3], j: b] ~ Normal(0, 1)
        """,
      data: #"{"n": 20000}"#
    ),
    .init(
      "joint_quantity_is_too_large",
      "E0803",
      model: """
        data n: int
        dim a = n
        C: corr[a] ~ LKJ(2)
        """,
      data: #"{"n": 20000}"#
    ),
    .init(
      "values_are_too_large",
      "E0803",
      model: """
        data n: int
        dim a = n
        x[a] ~ Normal(0, 1)
        y = sum([x[i] * x[j] for i: a, j: a])
        z = sum([x[i] + x[j] for i: a, j: a])
        """,
      data: #"{"n": 10000}"#
    ),
    .init(
      "functions_grow_too_large",
      "E0803",
      status: nil,
      model: functions(24) { "\($0)(x) + \($0)(2 * x)" } + "\nmu ~ Normal(0, 1)\ny = f23(mu)",
      data: "{}"
    ),
    .init(
      "covariance_from_data",
      "E0805",
      model: """
        dim k
        data C: real[k, k]
        x: real[k] ~ MultiNormal(0, cov: C)
        """,
      data: #"{"C": [[1, 2], [2, 1]]}"#
    ),
    .init(
      "knots_of_interpolation",
      "E0805",
      model: """
        dim k
        data at[k], height[k]: real
        a ~ Normal(0, 1)
        b = interpolate(at, height, a)
        """,
      data: #"{"at": [1, 3, 2], "height": [1, 2, 3]}"#
    ),
    .init(
      "knots_of_spline",
      "E0805",
      model: """
        dim obs, k, basis = 5
        data x[obs], at[k]: real
        B[i: obs]: real[basis] = bspline(x[i], at)
        mu ~ Normal(B[1, 1], 1)
        """,
      data: #"{"x": [1], "at": [1, 3, 2]}"#
    ),
    .init(
      "observed_outside_of_truncation",
      "E0805",
      model: """
        dim obs
        data y[obs], low: real
        mu ~ Normal(0, 1)
        y[i: obs]: real > low ~ Normal(mu, 1)
        """,
      data: #"{"y": [1, 2, -3], "low": 0}"#
    ),
    .init(
      "rounded_to_nothing",
      "E0805",
      model: """
        dim obs
        data y[obs], step: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ rounded(Normal(mu, 1), to: step)
        """,
      data: #"{"y": [1, 2], "step": 0}"#
    ),
    .init(
      "weights_from_data",
      "E0805",
      model: """
        dim obs, k
        data y[obs]: real, w: real[k]
        mu ~ Normal(0, 1)
        y[i: obs] ~ Mixture(w, Normal(mu, 1), Normal(0, 1))
        """,
      data: #"{"y": [1, 2], "w": [0.5, 0.6]}"#
    ),
    .init(
      "negative_weight",
      "E0805",
      model: """
        dim obs, k
        data y[obs]: real, w: real[k]
        mu ~ Normal(0, 1)
        y[i: obs] ~ Mixture(w, Normal(mu, 1), Normal(0, 1))
        """,
      data: #"{"y": [1, 2], "w": [1.5, -0.5]}"#
    ),
    .init(
      "one_precision_of_several",
      "E0805",
      model: """
        dim g, k
        data W[g]: real[k, k]
        x[i: g]: real[k] ~ MultiNormal(0, precision: W[i])
        """,
      data: #"{"W": [[[1, 0], [0, 1]], [[1, 0.5], [0.4, 1]]]}"#
    ),
    .init(
      "negative_count",
      "E0809",
      model: """
        dim obs
        data y[obs]: int
        l ~ HalfNormal(1)
        y[i: obs] ~ Poisson(l)
        """,
      table: "y\n3\n-1\n"
    ),
    .init(
      "more_than_trials",
      "E0809",
      model: """
        dim obs
        data n[obs], y[obs]: int
        p ~ Uniform(0, 1)
        y[i: obs] ~ Binomial(n[i], p)
        """,
      data: #"{"n": [5, 5], "y": [3, 6]}"#
    ),
    .init(
      "no_multiple_of_the_step",
      "E0809",
      model: """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ rounded(Normal(mu, 1), to: 0.5)
        """,
      data: #"{"y": [1.5, 1.7]}"#
    ),
    .init(
      "infinite_observation",
      "E0809",
      model: normalMean,
      table: "y\n1\ninf\n"
    ),
    .init(
      "time_before_the_start",
      "E0812",
      model: """
        dim time
        data ts[time], y[time]: real
        k ~ LogNormal(0, 1)
        ode t from 1 at ts[time] {
          x' = -k * x
          x(1) = 1
        }
        y[i: time] ~ Normal(x[i], 1)
        """,
      data: #"{"ts": [0.5, 2], "y": [1, 2]}"#
    ),
    .init(
      "jump_before_the_start",
      "E0812",
      model: """
        dim time
        data ts[time], y[time]: real, dose_at: real
        k ~ LogNormal(0, 1)
        ode t from 0 at ts[time] {
          x' = -k * x
          x(0) = 1
          x(dose_at) += 1
        }
        y[i: time] ~ Normal(x[i], 1)
        """,
      data: #"{"ts": [1, 2], "y": [1, 2], "dose_at": -1}"#
    ),
    .init(
      "state_given_later",
      "E0812",
      model: """
        dim time
        data ts[time], y[time]: real
        k ~ LogNormal(0, 1)
        ode t from 0 at ts[time] {
          x' = -k * x
          x(1) = 1
        }
        y[i: time] ~ Normal(x[i], 1)
        """,
      data: #"{"ts": [1, 2], "y": [1, 2]}"#
    ),
    .init(
      "time_is_not_finite",
      "E0812",
      model: """
        dim time
        data ts[time], y[time]: real
        k ~ LogNormal(0, 1)
        ode t from 0 at ts[time] {
          x' = -k * x
          x(0) = 1
        }
        y[i: time] ~ Normal(x[i], 1)
        """,
      data: #"{"ts": [1e999, 2], "y": [1, 2]}"#
    ),
  ]
}
