extension DataMessage {
  /// What is wrong with points, predictions and questions.
  static let scripts: [DataMessage] = [
    .init(
      "flow_of_one_parameter",
      "E0615",
      status: 2,
      model: """
        data y: real
        mu ~ Normal(0, 1)
        y ~ Normal(mu, 1)
        infer post = vi(guide: iaf, seed: 1)
        """,
      data: #"{"y": 1}"#,
      isAfterSampling: true
    ),
    .init(
      "flow_of_many_weights",
      "E0616",
      status: 2,
      model: """
        data y: real
        a, b ~ Normal(0, 1)
        y ~ Normal(a * b, 1)
        infer post = vi(guide: coupling, layers: 64, hidden: 4096, seed: 1)
        """,
      data: #"{"y": 1}"#,
      isAfterSampling: true
    ),
    .init(
      "nothing_for_loo",
      "E0604",
      status: 2,
      model: """
        mu ~ Normal(0, 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        show loo(post)
        """,
      data: "{}",
      isAfterSampling: true
    ),
    .init(
      "nothing_for_loo_of_the_prior",
      "E0604",
      status: 2,
      model: """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = prior(draws: 20, seed: 1)
        show loo(post)
        """,
      data: #"{"y": [1, 2]}"#,
      isAfterSampling: true
    ),
    .init(
      "no_order_of_replicates",
      "E0609",
      status: 2,
      model: """
        dim row, col
        data y[row, col]: real
        b ~ Normal(0, 1)
        y[i: row[2..], j: col[2..]] ~ Normal(b * (y[i-1, j] + y[i, j-1]), 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post
        """,
      data: #"{"y": [[1, 2], [3, 4]]}"#,
      isAfterSampling: true
    ),
    .init(
      "joint_latent_of_new_labels",
      "E0610",
      status: 2,
      model: """
        dim group, obs
        data g[obs]: group, y[obs]: real
        a: sum_to_zero[group] ~ Normal(0, 1)
        y[i: obs] ~ Normal(a[g[i]], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        """,
      data: #"{"g": ["A", "B"], "y": [1, 2]}"#,
      files: ["new.json": #"{"g": ["A", "C"], "y": [1, 2]}"#],
      isAfterSampling: true
    ),
    .init(
      "compared_with_a_latent",
      "E0611",
      status: 2,
      model: """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = mu given post
        show rmse(p)
        """,
      data: #"{"y": [1, 2, 3]}"#,
      isAfterSampling: true
    ),
    .init(
      "compared_with_an_expression_of_missing_cells",
      "E0611",
      status: 2,
      model: """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = sum(y) given post, "new.json"
        show rmse(p)
        """,
      data: #"{"x": [1, 2], "y": [1, 2]}"#,
      files: ["new.json": #"{"x": [1, 2, 3], "y": [1, null, 2]}"#],
      isAfterSampling: true
    ),
    .init(
      "compared_with_absent_data",
      "E0611",
      status: nil,
      model: """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        show rmse(p)
        """,
      data: #"{"x": [1, 2], "y": [1, 2]}"#,
      files: ["new.json": #"{"x": [1, 2, 3]}"#],
      isAfterSampling: true
    ),
    .init(
      "compared_with_missing_cells",
      "E0611",
      status: nil,
      model: """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        show rmse(p)
        """,
      data: #"{"x": [1, 2], "y": [1, 2]}"#,
      files: ["new.json": #"{"x": [1, 2, 3], "y": [null, null, null]}"#],
      isAfterSampling: true
    ),
    .init(
      "named_key_of_prediction",
      "E0801",
      model: """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, (x: "new.json")
        """,
      data: #"{"x": [1, 2], "y": [1, 2]}"#,
      files: ["new.json": #"{"u": [1], "v": [2]}"#],
      isAfterSampling: true
    ),
    .init(
      "point_lacks_a_value",
      "E0801",
      model: normalMean,
      data: #"{"y": [1, 2, 3]}"#,
      files: ["point.json": #"{"m": 1}"#],
      arguments: ["density", "model.ppl", "--data", "data.json", "--at", "point.json"]
    ),
    .init(
      "point_of_another_shape",
      "E0802",
      "E0802",
      model: """
        dim group = 2
        a[group] ~ Normal(0, 1)
        b ~ Normal(0, 1)
        """,
      data: "{}",
      files: ["point.json": #"{"a": [1], "b": [1, 2]}"#],
      arguments: ["density", "model.ppl", "--data", "data.json", "--at", "point.json"]
    ),
    .init(
      "point_outside_of_support",
      "E0805",
      "E0805",
      model: """
        dim group = 2
        s[group] ~ HalfNormal(1)
        p: simplex[group] ~ Dirichlet(1)
        """,
      data: "{}",
      files: ["point.json": #"{"s": [1, -2], "p": [0.5, 0.6]}"#],
      arguments: ["density", "model.ppl", "--data", "data.json", "--at", "point.json"]
    ),
    .init(
      "prediction_file_is_missing",
      "E0807",
      model: """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        """,
      data: #"{"x": [1, 2], "y": [1, 2]}"#,
      isAfterSampling: true
    ),
    .init(
      "prediction_lacks_a_key",
      "E0811",
      model: """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        """,
      data: #"{"x": [1, 2], "y": [1, 2]}"#,
      files: ["new.json": #"{"y": [1, 2, 3]}"#],
      isAfterSampling: true
    ),
    .init(
      "prediction_reads_what_is_absent",
      "E0811",
      model: """
        dim time
        data y[time], x[time]: real
        data r[t: time] = 2 * y[t]
        a ~ Normal(0, 1)
        y[t: time] ~ Normal(a * x[t], 1)
        q[t: time] = r[t] + a
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = q given post, "new.json"
        """,
      data: #"{"y": [1, 2], "x": [1, 2]}"#,
      files: ["new.json": #"{"x": [1, 2, 3]}"#],
      isAfterSampling: true
    ),
  ]
}
