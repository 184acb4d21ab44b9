extension DataMessage {
  private static let line = """
    dim obs
    data y[obs], x[obs]: real
    b ~ Normal(0, 1)
    y[i: obs] ~ Normal(b * x[i], 1)

    """

  private static let rows = #"{"y": [1, 2, 3], "x": [1, 2, 3]}"#

  /// What is wrong with fits by steps and their data.
  static let training: [DataMessage] = [
    .init(
      "held_out_rows_have_latents",
      "E0621",
      status: 2,
      model: """
        dim obs
        data y[obs]: real
        z[obs] ~ Normal(0, 1)
        y[i: obs] ~ Normal(z[i], 1)
        infer fit = train(batch: (obs: 2), validation: 0.3, seed: 1)
        """,
      data: #"{"y": [1, 2, 3]}"#
    ),
    .init(
      "held_out_rows_are_not_observed",
      "E0621",
      status: 2,
      model: """
        dim obs, other
        data x[obs], y[other]: real
        b ~ Normal(0, 1)
        y[i: other] ~ Normal(b * mean(x), 1)
        infer fit = train(batch: (obs: 2), validation: 0.3, seed: 1)
        """,
      data: #"{"y": [1, 2, 3], "x": [1, 2, 3]}"#
    ),
    .init(
      "all_rows_are_held_out",
      "E0621",
      status: 2,
      model: line + "infer fit = train(batch: (obs: 1), validation: 0.9, seed: 1)",
      data: rows
    ),
    .init(
      "validation_has_other_groups",
      "E0621",
      status: 2,
      model: """
        dim obs, group
        data g[obs]: group, y[obs]: real
        a[group] ~ Normal(0, 1)
        y[i: obs] ~ Normal(a[g[i]], 1)
        infer fit = train(batch: (obs: 2), validation: "new.json", steps: 9, seed: 1)
        """,
      data: #"{"g": ["A", "B", "A"], "y": [1, 2, 3]}"#,
      files: ["new.json": #"{"g": ["A", "C"], "y": [1, 2]}"#]
    ),
    .init(
      "validation_without_rows",
      "E0621",
      status: 2,
      model: """
        dim obs, other
        data y[obs], x[other]: real
        b ~ Normal(0, 1)
        y[i: obs] ~ Normal(b, 1)
        x[i: other] ~ Normal(b, 1)
        infer fit = train(batch: (obs: 2), validation: "new.json", steps: 9, seed: 1)
        """,
      data: #"{"y": [1, 2, 3], "x": [1, 2]}"#,
      files: ["new.json": #"{"x": [1, 2]}"#]
    ),
    .init(
      "lbfgs_sees_some_rows",
      "E0623",
      status: 2,
      model: line + "infer fit = train(batch: (obs: 2), optimizer: lbfgs(), seed: 1)",
      data: rows
    ),
    .init(
      "labels_follow_changed_data",
      "E0625",
      status: 2,
      model: """
        dim obs, kind = ["low", "high"]
        data x[obs]: real
        data k[i: obs]: kind = if x[i] < 2 then kind("low") else kind("high")
        p: simplex[kind] ~ Dirichlet(1)
        k[i: obs] ~ Categorical(p)
        infer fit = train(batch: (obs: 2), steps: 9, augment: (x: noise(1)), seed: 1)
        """,
      data: #"{"x": [1, 2, 3]}"#
    ),
    .init(
      "colours_of_two_channels",
      "E0625",
      status: 2,
      model: """
        dim image, row, col, channel
        data raw[image, row, col, channel]: real
        b ~ Normal(0, 1)
        raw[i: image, r: row, c: col, k: channel] ~ Normal(b, 1)
        infer fit = train(batch: (image: 1), steps: 9, augment: (raw: colour(0.1)), seed: 1)
        """,
      data: #"{"raw": [[[[1, 2]]], [[[3, 4]]]]}"#
    ),
    .init(
      "guide_reads_missing_cells",
      "W0802",
      "E0627",
      status: 2,
      model: """
        dim obs
        data x[obs], y[obs]: real
        z[obs] ~ Normal(0, 1)
        x[i: obs] ~ Normal(z[i], 1)
        y[i: obs] ~ Normal(z[i], 1)
        guide g { z[i: obs] ~ Normal(x[i], 1) }
        infer fit = svi(guide: g, batch: (obs: 2), steps: 9, seed: 1)
        """,
      data: #"{"x": [1, null, 3], "y": [1, 2, 3]}"#
    ),
    .init(
      "prediction_reads_latents_of_rows",
      "E0628",
      status: 2,
      model: """
        dim obs
        data y[obs]: real
        z[obs] ~ Normal(0, 1)
        y[i: obs] ~ Normal(z[i], 1)
        infer fit = svi(batch: (obs: 2), steps: 9, seed: 1)
        predict again = y given fit
        show rmse(again)
        """,
      data: #"{"y": [1, 2, 3]}"#
    ),
    .init(
      "missing_cells_of_rows_are_read",
      "W0802",
      "E0612",
      status: 2,
      model: """
        dim obs
        data x[obs], y[obs]: real
        b ~ Normal(0, 1)
        x[i: obs] ~ Normal(0, 1)
        y[i: obs] ~ Normal(b * x[i], 1)
        infer fit = svi(batch: (obs: 2), steps: 9, seed: 1)
        """,
      data: #"{"x": [1, null, 3], "y": [1, 2, 3]}"#
    ),
    .init(
      "rows_share_what_is_summed_out",
      "E0612",
      status: 2,
      model: """
        dim obs, group
        data g[obs]: group, y[obs]: real
        z[group] ~ Bernoulli(0.5)
        y[i: obs] ~ Normal(z[g[i]], 1)
        infer fit = map(batch: (obs: 2), steps: 9, seed: 1)
        """,
      data: #"{"g": ["A", "B", "A"], "y": [1, 2, 3]}"#
    ),
  ]
}
