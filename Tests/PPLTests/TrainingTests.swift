import Foundation
import PPL
import Testing

/// Fits by steps: nets, batches, guides, weights in files.
@Suite struct TrainingTests {
  private func answer(_ outcome: RunOutcome, _ text: String) throws -> Double {
    try #require(try answers(of: outcome)[text] as? Double)
  }

  /// A regression whose optimum and posterior are known in closed form.
  private static let line =
    "dim obs = 40\ndata x[i: obs] = i / 20 - 1\ndata y[i: obs] = 1 + 2 * x[i] + 0.3 * sin(7 * i)\n"

  private static let outcomes: [Double] = (1...40).map { index in
    let x = Double(index) / 20 - 1
    return 1 + 2 * x + 0.3 * sin(7 * Double(index))
  }

  private static func leastSquares() -> (intercept: Double, slope: Double) {
    let x = (1...40).map { Double($0) / 20 - 1 }
    let y = outcomes
    let (n, sx, sy) = (40.0, x.reduce(0, +), y.reduce(0, +))
    let sxx = x.reduce(0) { $0 + $1 * $1 }
    let sxy = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    return ((sy - slope * sx) / n, slope)
  }

  @Test(arguments: [
    "steps: 3000, optimizer: adam(0.02), schedule: cosine",
    "batch: (obs: 10), epochs: 1500, optimizer: sgd(0.05, momentum: 0.9), schedule: cosine",
    "batch: (obs: 7), epochs: 800, optimizer: rmsprop(0.01), schedule: cosine",
    "batch: (obs: 40), epochs: 3000, optimizer: sgd(0.1, momentum: 0.9, nesterov: 1)",
  ])
  func parametersGoToTheOptimum(_ settings: String) async throws {
    let (_, outcome) = try await runScript(
      Self.line + "param a: real = 0.5\nparam b: real\ny[i: obs] ~ Normal(a + b * x[i], 1)\n"
        + "infer fit = map(\(settings), seed: 1)\nshow E(fit.a), E(fit.b)"
    )
    let expected = Self.leastSquares()
    #expect(abs(try answer(outcome, "E(fit.a)") - expected.intercept) < 0.02)
    #expect(abs(try answer(outcome, "E(fit.b)") - expected.slope) < 0.03)
  }

  private static let curve =
    line + "net f(x: real) -> real = [x] |> Dense(6, tanh) |> Dense(1)\n"
    + "y[i: obs] ~ Normal(f(x[i]), 0.3)\n"

  /// Parts of the rows of a step have the mean gradient of all of them, whatever their number, also of the last rows of an epoch.
  @Test(arguments: [2, 4])
  func threadsShareTheRowsOfAStep(_ threads: Int) async throws {
    func weights(_ threads: Int) async throws -> [Double] {
      let (_, outcome) = try await runScript(
        Self.curve
          + "infer fit = train(batch: (obs: 12), threads: \(threads), epochs: 20, seed: 2,"
          + " optimizer: sgd(0.05, momentum: 0.9), validation: 0.1)\n"
          + "show E(fit.f.dense_1.bias)"
      )
      return try #require(try answers(of: outcome)["E(fit.f.dense_1.bias)"] as? [Double])
    }
    let (one, several) = (try await weights(1), try await weights(threads))
    #expect(one.count == 6)
    for (a, b) in zip(one, several) { #expect(abs(a - b) < 1e-4, "\(one) and \(several)") }
  }

  /// Parts draw their own random numbers, and the same in each run.
  @Test func threadsGiveTheSameFitInEachRun() async throws {
    func posterior(_ threads: Int) async throws -> [Double] {
      let (_, outcome) = try await runScript(
        Self.line + "m ~ Normal(0, 2)\ny[i: obs] ~ Normal(m, 1)\n"
          + "infer fit = svi(batch: (obs: 20), threads: \(threads), epochs: 800, seed: 3)\n"
          + "show E(fit.m), SD(fit.m)"
      )
      return [try answer(outcome, "E(fit.m)"), try answer(outcome, "SD(fit.m)")]
    }
    let first = try await posterior(4)
    #expect(try await posterior(4) == first)
    #expect(try await posterior(1) != first)
    #expect(abs(first[0] - Self.outcomes.reduce(0, +) / 40.25) < 0.05)
    #expect(abs(first[1] * 40.25.squareRoot() - 1) < 0.15)
  }

  /// A parameter with bounds begins where it is told to, and stays within.
  @Test func parametersKeepTheirBounds() async throws {
    let (_, outcome) = try await runScript(
      Self.line + "param a: real\nparam s: real > 0 = 2\ny[i: obs] ~ Normal(a + 2 * x[i], s)\n"
        + "infer start = map(steps: 1, optimizer: sgd(0), seed: 1)\n"
        + "infer fit = map(steps: 4000, optimizer: adam(0.01), schedule: cosine, seed: 1)\n"
        + "show E(start.s), E(fit.s)"
    )
    #expect(abs(try answer(outcome, "E(start.s)") - 2) < 1e-6)
    let noise = (1...40).map { 1 + 0.3 * sin(7 * Double($0)) }
    let mean = noise.reduce(0, +) / 40
    let variance = noise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40
    #expect(abs(try answer(outcome, "E(fit.s)") - variance.squareRoot()) < 0.01)
  }

  /// The posterior of a normal mean, by steps with and without batches.
  @Test(arguments: ["", "batch: (obs: 10), "])
  func meanFieldFindsANormalPosterior(_ batch: String) async throws {
    let (_, outcome) = try await runScript(
      Self.line + "m ~ Normal(0, 2)\ny[i: obs] ~ Normal(m, 1)\n"
        + "infer fit = svi(\(batch)seed: 3)\nshow E(fit.m), SD(fit.m), elbo(fit)"
    )
    let y = Self.outcomes
    let precision = 0.25 + 40
    let sum = y.reduce(0, +)
    #expect(abs(try answer(outcome, "E(fit.m)") - sum / precision) < 0.05)
    #expect(abs(try answer(outcome, "SD(fit.m)") * precision.squareRoot() - 1) < 0.15)
    let squares = y.reduce(0) { $0 + $1 * $1 }
    let exponent = -0.5 * (squares - 4 * sum * sum / (1 + 160))
    let evidence = exponent - 0.5 * log(161) - 20 * log(2 * Double.pi)
    let found = try #require(try answers(of: outcome)["elbo(fit)"] as? [String: Any])
    let elbo = try #require(found["elbo"] as? Double)
    let error = try #require(found["se"] as? Double)
    #expect(abs(elbo - evidence) < 5 * error + 0.3)
  }

  /// Pareto k of a fit with batches, by ratios over all rows: a normal posterior is reached, a narrow fit of a few steps has none.
  @Test func ratiosOfBatchedFitsTakeAllRows() async throws {
    let model = Self.line + "m ~ Normal(0, 2)\ny[i: obs] ~ Normal(m, 1)\n"
    func shape(_ settings: String) async throws -> Double? {
      let (_, outcome) = try await runScript(
        model + "infer fit = svi(batch: (obs: 10), \(settings))"
      )
      let json = try JSONSerialization.jsonObject(with: Data(outcome.json.utf8))
      let fits = try #require((json as? [String: Any])?["fits"] as? [[String: Any]])
      return (fits.first?["approximation"] as? [String: Any])?["pareto_k"] as? Double
    }
    let found = try #require(try await shape("seed: 3"))
    #expect(found < 0.7, "\(found)")
    #expect(try await shape("steps: 200, seed: 3") == nil)
    // Steps of size 0 leave the approximation where it begins, far from the posterior.
    let poor = try #require(
      try await shape("steps: 4000, optimizer: sgd(0.0000001), seed: 3")
    )
    #expect(poor > 0.7, "\(poor)")
  }

  /// A guide that is the posterior itself: a linear model with one latent a row, whose posterior a linear net can say exactly.
  @Test func amortisedGuidesReachThePosterior() async throws {
    let (_, outcome) = try await runScript(
      """
      dim obs = 200
      data y[i: obs] = 2 * sin(3 * i) + 0.5 * sin(i)
      z[obs] ~ Normal(0, 2)
      y[i: obs] ~ Normal(z[i], 1)
      net encoder(y: real) -> (mean: real, sd: real) =
          (mean: [y] |> Dense(1), sd: exp([y] |> Dense(1)))
      guide amortised { z[i: obs] ~ Normal(q.mean, q.sd) with q = encoder(y[i]) }
      infer fit = svi(guide: amortised, batch: (obs: 20), epochs: 400, optimizer: adam(0.01),
                      schedule: cosine, seed: 1)
      show elbo(fit), E(fit.encoder.dense_1.weight[1, 1]), E(fit.encoder.dense_2.bias[1])
      """
    )
    // The posterior of each is N(0.8 y, 0.8): the bound is the evidence Σ log N(y; 0, √5).
    var evidence = 0.0
    for index in 1...200 {
      let y = 2 * sin(3 * Double(index)) + 0.5 * sin(Double(index))
      evidence -= y * y / 10 + 0.5 * log(10 * Double.pi)
    }
    let found = try #require(try answers(of: outcome)["elbo(fit)"] as? [String: Any])
    let elbo = try #require(found["elbo"] as? Double)
    let error = try #require(found["se"] as? Double)
    #expect(abs(elbo - evidence) < 5 * error + 0.3)
    let weight = try answer(outcome, "E(fit.encoder.dense_1.weight[1, 1])")
    #expect(abs(weight - 0.8) < 0.02)
    #expect(abs(try answer(outcome, "E(fit.encoder.dense_2.bias[1])") - 0.5 * log(0.8)) < 0.03)
  }

  private static let classes = """
    dim obs = 90, kind = ["low", "middle", "high"]
    data x[i: obs] = i / 45 - 1
    data c[i: obs]: kind = if x[i] < -0.3 then kind("low") else if x[i] < 0.4 then kind("middle") else kind("high")
    net f(x: real) -> real[kind] = [x] |> Dense(12, tanh) |> Dense(kind)
    c[i: obs] ~ Categorical(logit: f(x[i]))

    """

  @Test func classifiersAreScoredByProbabilities() async throws {
    let (output, outcome) = try await runScript(
      Self.classes + "infer fit = map(steps: 1500, optimizer: adam(0.03), seed: 1)\n"
        + "predict guess = c given fit\nshow accuracy(guess), confusion(guess)"
    )
    #expect(try answer(outcome, "accuracy(guess)") > 0.97)
    let table = try #require(try answers(of: outcome)["confusion(guess)"] as? [String: Any])
    let counts = try #require(table["counts"] as? [[Int]])
    #expect(counts.flatMap { $0 }.reduce(0, +) == 90)
    #expect(output.contains { $0.contains("observed") && $0.contains("middle") })
  }

  /// Dropout zeroes while a net is trained, and does nothing afterwards.
  @Test func dropoutIsForTrainingOnly() async throws {
    let text = """
      dim obs = 60
      data x[i: obs] = i / 30 - 1
      data y[i: obs] = sin(3 * x[i])
      net f(x: real) -> real = [x] |> Dense(30, tanh) |> Dropout(0.2) |> Dense(1)
      y[i: obs] ~ Normal(f(x[i]), 0.1)
      infer fit = map(steps: 2000, optimizer: adam(0.01), seed: 1)
      predict a = f(x[5]) given fit
      predict b = f(x[5]) given fit
      show E(a) - E(b)
      """
    let (_, outcome) = try await runScript(text)
    #expect(try answer(outcome, "E(a) - E(b)") == 0)
  }

  /// A guide says of rows that the fit has not seen what it says of others: here what their posterior is in closed form.
  @Test func guidesHoldForNewRows() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let new = folder.appending(path: "new.json").path
    try Data(#"{"y": [2, -1, 0.5]}"#.utf8).write(to: URL(filePath: new))
    let (_, outcome) = try await runScript(
      """
      dim obs
      data y[obs]: real from "\(new)"
      param w: real = 0
      param l: real = 0
      z[obs] ~ Normal(0, 1)
      y[i: obs] ~ Normal(z[i], 0.5)
      guide g { z[i: obs] ~ Normal(w * y[i], exp(l)) }
      infer fit = svi(guide: g, batch: (obs: 2), steps: 3000, optimizer: adam(0.01), average: true,
                      draws: 4000, seed: 1)
      predict m = [z[i] for i: obs] given fit, "\(new)"
      show E(m[1]), SD(m[2]), E(m[3])
      save m to "\(folder.path)/m.npy"
      save E(m) to "\(folder.path)/mean.npy"
      """
    )
    // The posterior of z given y is Normal(y / 1.25, √0.2); means of 4000 draws are known to 0.007.
    #expect(abs(try answer(outcome, "E(m[1])") - 1.6) < 0.04)
    #expect(abs(try answer(outcome, "E(m[3])") - 0.4) < 0.04)
    #expect(abs(try answer(outcome, "SD(m[2])") - 0.447) < 0.03)
    // What was saved, as data of another program.
    let (_, other) = try await runScript(
      """
      dim chain, draw, obs
      data m[chain, draw, obs]: real from "\(folder.path)/m.npy"
      data mean[obs]: real from "\(folder.path)/mean.npy"
      show size(draw), mean[1], sum(m[c, d, 1] for c: chain, d: draw) / 4000
      b ~ Normal(0, 1)
      infer fit = prior(draws: 10, seed: 1)
      """
    )
    #expect(try answer(other, "size(draw)") == 4000)
    let mean = try answer(other, "mean[1]")
    #expect(abs(mean - (try answer(outcome, "E(m[1])"))) < 1e-9)
    let sum = try answer(other, "sum(m[c, d, 1] for c: chain, d: draw) / 4000")
    #expect(abs(sum - mean) < 1e-12)
  }

  /// Averages over the steps of BatchNorm, in closed form where all rows are in each step; they travel and freeze as weights do.
  @Test func averagesOverStepsAreKept() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "f.safetensors").path
    let (_, outcome) = try await runScript(
      Self.line + """
        net f(x: real) -> real = [3 * x + 1] |> BatchNorm |> Dense(1)
        y[i: obs] ~ Normal(f(x[i]), 1)
        infer fit = map(steps: 20, optimizer: adam(0.01), seed: 1)
        save fit to "\(file)"
        infer more = map(steps: 5, optimizer: adam(0.01), load: "\(file)", seed: 2)
        infer tuned = map(steps: 5, optimizer: adam(0.01), load: "\(file)", freeze: f.batchnorm_1, seed: 2)
        show E(fit.f.batchnorm_1.running_mean[1]), E(fit.f.batchnorm_1.running_var[1])
        show E(more.f.batchnorm_1.running_mean[1]), E(tuned.f.batchnorm_1.running_mean[1])
        """
    )
    let x = (1...40).map { 3 * (Double($0) / 20 - 1) + 1 }
    let mean = x.reduce(0, +) / 40
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 39
    let kept: Double = pow(0.9, 20)
    let first = try answer(outcome, "E(fit.f.batchnorm_1.running_mean[1])")
    #expect(abs(first - (1 - kept) * mean) < 1e-5)
    let second = try answer(outcome, "E(fit.f.batchnorm_1.running_var[1])")
    #expect(abs(second - kept - (1 - kept) * variance) < 1e-5)
    let third = try answer(outcome, "E(more.f.batchnorm_1.running_mean[1])")
    #expect(abs(third - (1 - pow(0.9, 25)) * mean) < 1e-5)
    #expect(try answer(outcome, "E(tuned.f.batchnorm_1.running_mean[1])") == first)
  }

  @Test func normalisedNetsLearn() async throws {
    let (_, outcome) = try await runScript(
      Self.classes.replacingOccurrences(
        of: "Dense(12, tanh)",
        with: "Dense(12) |> BatchNorm |> tanh"
      )
        + "infer fit = map(batch: (obs: 30), epochs: 400, optimizer: adam(0.02), schedule: cosine, seed: 1)\n"
        + "predict guess = c given fit\nshow accuracy(guess)"
    )
    #expect(try answer(outcome, "accuracy(guess)") > 0.95)
  }

  @Test func weightsTravelThroughFiles() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "f.safetensors").path
    let text =
      Self.classes + """
        infer fit = map(steps: 300, optimizer: adam(0.03), seed: 1)
        save fit to "\(file)"
        infer same = map(steps: 1, optimizer: sgd(0), load: "\(file)", seed: 9)
        infer tuned = map(steps: 20, optimizer: adam(0.03), load: "\(file)", freeze: f.dense_1, seed: 9)
        show E(fit.f.dense_1.weight[3, 1]) - E(same.f.dense_1.weight[3, 1])
        show E(fit.f.dense_1.weight[3, 1]) - E(tuned.f.dense_1.weight[3, 1])
        show E(fit.f.dense_2.weight[1, 3]) - E(tuned.f.dense_2.weight[1, 3])
        """
    let (_, outcome) = try await runScript(text)
    let first = "E(fit.f.dense_1.weight[3, 1]) - E"
    #expect(try answer(outcome, "\(first)(same.f.dense_1.weight[3, 1])") == 0)
    #expect(try answer(outcome, "\(first)(tuned.f.dense_1.weight[3, 1])") == 0)
    let moved = "E(fit.f.dense_2.weight[1, 3]) - E(tuned.f.dense_2.weight[1, 3])"
    #expect(abs(try answer(outcome, moved)) > 1e-4)
    // The same file as data of another program.
    let (_, other) = try await runScript(
      """
      data W[12, 1]: real key "f.dense_1.weight" from "\(file)"
      data b[12]: real key "f.dense_1.bias" from "\(file)"
      net g(x: real) -> real[12] = [x] |> Dense(12, tanh)
      g.dense_1.weight = W
      g.dense_1.bias = b
      y = g(0.3)[2]
      mu ~ Normal(0, 1)
      infer p = prior(draws: 1, seed: 1)
      show E(p.y) - tanh(0.3 * W[2, 1] + b[2])
      """
    )
    #expect(abs(try answer(other, "E(p.y) - tanh(0.3 * W[2, 1] + b[2])")) < 1e-12)
  }

  @Test func runsAreRepeatable() async throws {
    let text =
      Self.classes
      + "infer fit = map(batch: (obs: 16), epochs: 3, optimizer: adam(0.03), seed: 5)\n"
      + "show E(fit.f.dense_1.weight[1, 1])"
    let first = try answer(try await runScript(text).outcome, "E(fit.f.dense_1.weight[1, 1])")
    let second = try answer(try await runScript(text).outcome, "E(fit.f.dense_1.weight[1, 1])")
    #expect(first == second)
  }

  @Test func aNonFiniteObjectiveNamesItsStatement() async throws {
    let text =
      Self.line + "param a: real = 1\ny[i: obs] ~ Normal(sqrt(a - 2), 1)\n"
      + "infer fit = map(steps: 10, optimizer: adam(0.1), seed: 1)"
    let failure = await #expect(throws: SamplingFailure.self) { try await runScript(text) }
    #expect(failure?.message.contains("y[i: obs]") == true)
    #expect(failure?.message.contains("step 1") == true)
  }

  /// A statement whose distribution reads a record counts, and a parameter's transform adds nothing to the bound.
  @Test func recordsAndParametersCountAsTheyShould() async throws {
    let (_, outcome) = try await runScript(
      Self.line + """
        param s: real > 0
        net both(x: real) -> (m: real, t: real) = (m: [x] |> Dense(1), t: [x] |> Dense(1))
        y[i: obs] ~ Normal(q.m, s) with q = both(x[i])
        infer fit = svi(steps: 6000, optimizer: adam(0.01), schedule: cosine, seed: 1)
        show E(fit.s), E(fit.both.dense_1.weight[1, 1])
        """
    )
    let (intercept, slope) = Self.leastSquares()
    var squares = 0.0
    for (index, y) in Self.outcomes.enumerated() {
      let residual = y - intercept - slope * (Double(index + 1) / 20 - 1)
      squares += residual * residual
    }
    #expect(abs(try answer(outcome, "E(fit.both.dense_1.weight[1, 1])") - slope) < 0.02)
    #expect(abs(try answer(outcome, "E(fit.s)") - (squares / 40).squareRoot()) < 0.004)
  }

  /// Sums of probabilities are 1 to single precision only.
  @Test func probabilitiesMayBeRounded() async throws {
    let (_, outcome) = try await runScript(
      Self.classes.replacingOccurrences(of: "Dense(kind)", with: "Dense(kind, softmax)")
        .replacingOccurrences(of: "logit: ", with: "")
        + "infer fit = map(steps: 1500, optimizer: adam(0.03), seed: 1)\n"
        + "predict guess = c given fit\nshow accuracy(guess)"
    )
    #expect(try answer(outcome, "accuracy(guess)") > 0.95)
  }

  /// A mode is one draw; predictions from it are many, and do not need nets that they do not read.
  @Test func predictionsOfAModeAreMeans() async throws {
    let (_, outcome) = try await runScript(
      Self.line + """
        param a: real
        param unused: real
        y[i: obs] ~ Normal(a + 2 * x[i], 1)
        factor f = -unused^2
        infer fit = map(steps: 2000, optimizer: adam(0.01), schedule: cosine, seed: 1)
        predict p = y given fit
        show rmse(p)
        """
    )
    #expect(try answer(outcome, "rmse(p)") < 0.35)
  }
}
