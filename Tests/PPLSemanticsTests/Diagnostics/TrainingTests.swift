import Testing

/// Mistakes in the settings of fits by steps: rows that are held out, quasi-Newton steps, changes of data.
struct TrainingTests {
  static let topic = DiagnosticTopic(name: "training", programs: programs)

  @Test(arguments: programs)
  func pointsAtTheMistake(_ program: MarkedProgram) throws {
    try Self.topic.expectPlace(program)
  }

  @Test(arguments: programs)
  func messageIsAsRecorded(_ program: MarkedProgram) throws {
    try Self.topic.expectRecorded(program)
  }

  @Test func everyRecordedMessageIsTested() throws {
    try Self.topic.expectNoStrayFiles()
  }

  static let programs = validations + quasiNewton + threads + changes

  private static func train(_ settings: String) -> String {
    "dim d, e\ndata y[d], x[d, e]: real\nm ~ Normal(0, 1)\ny[i: d] ~ Normal(m, 1)\n"
      + "infer p = \(settings)"
  }

  private static let validations: [MarkedProgram] = [
    .init("share_too_great", "E0620", in: train("train(batch: (d: 8), validation: «1»)")),
    .init("share_below_zero", "E0620", in: train("train(batch: (d: 8), validation: «-0.1»)")),
    .init("share_without_batch", "E0620", in: train("«train(validation: 0.1)»")),
    .init(
      "share_of_two_dimensions",
      "E0620",
      in: train("«train(batch: (d: 8, e: 2), validation: 0.1)»")
    ),
    .init("patience_alone", "E0620", in: train("«train(batch: (d: 8), patience: 3)»")),
    .init(
      "patience_and_average",
      "E0620",
      in: train("«train(batch: (d: 8), validation: 0.1, patience: 3, average: true)»")
    ),
    .init("patience_zero", "E0601", in: train("train(validation: \"v.csv\", patience: «0»)")),
    .init("validation_of_map", "E0601", in: train("map(batch: (d: 8), «validation»: 0.1)")),
    .init("validation_split", "E0601", in: train("train(batch: (d: 8), «validation_split»: 0.1)")),
    .init("validation_of_latent", "E0605", in: train("train(validation: («m»: \"m.npy\"))")),
    .init("bound_of_training", "E0602", in: train("train(steps: 9)") + "\nshow «elbo(p)»"),
  ]

  private static let quasiNewton: [MarkedProgram] = [
    .init("lbfgs_of_svi", "E0622", in: train("«svi(optimizer: lbfgs())»")),
    .init(
      "lbfgs_with_dropout",
      "E0622",
      in:
        "dim d\ndata y[d]: real\nnet f(x: real) -> real = [x] |> Dense(3) |> Dropout(0.5) |> Dense(1)\n"
        + "y[i: d] ~ Normal(f(1), 1)\ninfer p = «train(optimizer: lbfgs())»"
    ),
    .init(
      "lbfgs_with_schedule",
      "E0622",
      in: train("«train(optimizer: lbfgs(), schedule: cosine)»")
    ),
    .init("lbfgs_history", "E0601", in: train("train(optimizer: «lbfgs(history: 0.5)»)")),
    .init("lbfgs_rate", "E0601", in: train("train(optimizer: lbfgs(«rate»: 0.1))")),
    .init(
      "lbfgs_with_changes",
      "E0622",
      in: train("«train(batch: (d: 8), optimizer: lbfgs(), augment: (x: noise(1)))»")
    ),
  ]

  private static let threads: [MarkedProgram] = [
    .init("threads_without_batch", "E0629", in: train("«train(threads: 2)»")),
    .init("threads_of_no_equal_parts", "E0629", in: train("«train(batch: (d: 7), threads: 2)»")),
    .init(
      "threads_with_batch_norm",
      "E0629",
      in:
        "dim d\ndata y[d]: real\n"
        + "net f(x: real) -> real = [x] |> Dense(3) |> BatchNorm |> Dense(1)\n"
        + "y[i: d] ~ Normal(f(1), 1)\ninfer p = «train(batch: (d: 8), threads: 2)»"
    ),
    .init("no_threads", "E0601", in: train("train(batch: (d: 8), threads: «0»)")),
  ]

  private static func augment(_ changes: String) -> String {
    "dim image, row, col, digit = 0..9\ndata raw[image, row, col]: int in 0..255\n"
      + "data label[image]: digit\ndata h[image]: real\nparam w[digit]: real\n"
      + "label[i: image] ~ Categorical(logit: w * mean(raw[i]))\n"
      + "infer p = train(batch: (image: 8), augment: \(changes))"
  }

  private static let changes: [MarkedProgram] = [
    .init("changes_alone", "E0624", in: augment("«[crop(2)]»")),
    .init("change_foreign", "E0624", in: augment("(raw: [«flip»()])")),
    .init("change_near", "E0624", in: augment("(raw: «miror»())")),
    .init("change_not_called", "E0624", in: augment("(raw: [«mirror»])")),
    .init("change_without_amount", "E0624", in: augment("(raw: «crop»())")),
    .init("change_with_amount", "E0624", in: augment("(raw: mirror(«2»))")),
    .init("change_negative", "E0624", in: augment("(raw: noise(«-1»))")),
    .init("change_of_half_a_pixel", "E0624", in: augment("(raw: «crop(0.5)»)")),
    .init("change_of_labels", "E0625", in: augment("(«label»: [noise(1)])")),
    .init("change_of_a_parameter", "E0625", in: augment("(«w»: [noise(1)])")),
    .init("change_of_unknown_data", "E0625", in: augment("(«rwa»: [noise(1)])")),
    .init("colours_without_channels", "E0625", in: augment("(raw: «colour»(0.1))")),
    .init("pixels_of_numbers", "E0625", in: augment("(h: «crop»(2))")),
    .init(
      "change_without_batch",
      "E0625",
      in: train("train(steps: 9, augment: (x: «noise(1)»))")
    ),
  ]
}
