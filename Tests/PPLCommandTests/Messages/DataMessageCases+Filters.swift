extension DataMessage {
  /// Models whose states cannot be stepped through.
  static let filters: [DataMessage] = [
    .init(
      "filter_without_states",
      "E0617",
      status: 2,
      model: """
        dim t
        data y[t]: real
        mu ~ Normal(0, 1)
        y[k: t] ~ Normal(mu, 1)
        infer post = pmmh(seed: 1)
        """,
      data: #"{"y": [1, 2, 1]}"#,
      isAfterSampling: true
    ),
    .init(
      "filter_of_a_whole_path",
      "E0617",
      status: 2,
      model: """
        dim t
        data y[t]: real
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(x[k-1], 1)
        m = mean(x)
        y[k: t] ~ Normal(x[k] - m, 1)
        infer post = pmmh(seed: 1)
        """,
      data: #"{"y": [1, 2, 1]}"#,
      isAfterSampling: true
    ),
    .init(
      "filter_of_later_states",
      "E0617",
      status: 2,
      model: """
        dim t
        data y[t]: real
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(x[k-1], 1)
        y[k: t[..2]] ~ Normal(x[k+1], 1)
        infer post = pmmh(seed: 1)
        """,
      data: #"{"y": [1, 2, 1]}"#,
      isAfterSampling: true
    ),
    .init(
      "filter_with_data_elsewhere",
      "E0617",
      status: 2,
      model: """
        dim t = 1..3, obs
        data when[obs]: t
        data y[obs]: real
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(x[k-1], 1)
        y[i: obs] ~ Normal(x[when[i]], 1)
        infer post = pmmh(seed: 1)
        """,
      data: #"{"when": [1, 3, 2], "y": [1, 2, 1]}"#,
      isAfterSampling: true
    ),
    .init(
      "filter_with_a_factor",
      "E0617",
      status: 2,
      model: """
        dim t
        data y[t]: real
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(x[k-1], 1)
        factor f = -x[1]^2
        y[k: t] ~ Normal(x[k], 1)
        infer post = pmmh(seed: 1)
        """,
      data: #"{"y": [1, 2, 1]}"#,
      isAfterSampling: true
    ),
    .init(
      "filter_guided_by_no_normal",
      "E0617",
      status: 2,
      model: """
        dim t
        data y[t]: real
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ StudentT(4, x[k-1], 1)
        y[k: t] ~ Normal(x[k], 1)
        infer post = pmmh(filter: guided, seed: 1)
        """,
      data: #"{"y": [1, 2, 1]}"#,
      isAfterSampling: true
    ),
    .init(
      "filter_with_discrete_states",
      "E0617",
      status: 2,
      model: """
        dim t
        data y[t]: real
        z[t]: int in 0..1 ~ Bernoulli(0.5)
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(x[k-1], 1)
        y[k: t] ~ Normal(x[k] + z[k], 1)
        infer post = pmmh(seed: 1)
        """,
      data: #"{"y": [1, 2, 1]}"#,
      isAfterSampling: true
    ),
    .init(
      "filter_of_too_many_particles",
      "E0803",
      status: 2,
      model: """
        dim t = 1..1000
        data y[t]: real
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(x[k-1], 1)
        y[k: t] ~ Normal(x[k], 1)
        infer post = pmmh(particles: 1000000, seed: 1)
        """,
      data: #"{"y": ["# + String(repeating: "0, ", count: 999) + "0]}",
      isAfterSampling: true
    ),
  ]
}
