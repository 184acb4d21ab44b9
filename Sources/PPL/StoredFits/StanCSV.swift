import PPLInference
import PPLPosteriorAnalysis
import PPLTypeSystem

/// Draws as CmdStan writes them, one file a chain.
///
/// Columns that end in two underscores are the sampler's; then follow the elements of the quantities, `theta.1`, `X.2.3`, counted from 1, the
/// first index fastest, as Stan has it (CmdStan User's Guide, "Stan CSV file format"). Labels have no place in this form. The adapted metric
/// is not kept with a fit: the header says `unit_e`, for which readers expect none. Draws of engines without a step size are written as those of
/// `fixed_param`.
struct StanCSV {
  private let fit: StoredFit

  /// The statistics that Stan's samplers have, with their columns.
  private static let columns: [(name: String, statistic: SampleStatistic)] = [
    ("accept_stat__", .acceptanceRate), ("stepsize__", .stepSize), ("treedepth__", .treeDepth),
    ("n_leapfrog__", .stepCount), ("divergent__", .isDivergent), ("energy__", .energy),
  ]

  init(_ fit: StoredFit) {
    self.fit = fit
  }

  /// The content of the file of each chain.
  func files() throws(StoredFitError) -> [[UInt8]] {
    // By column, the numbers of all chains one after the other.
    var names: [String] = ["lp__"]
    var columns: [[Double]] = []
    let count = fit.chainCount * fit.drawCount
    func known(_ statistic: SampleStatistic) throws(StoredFitError) -> [Double]? {
      guard let values = try fit.statistic(statistic)?.values, values.count == count else {
        return nil
      }
      return values
    }
    columns.append(try known(.logDensity) ?? [Double](repeating: 0, count: count))
    let stepSizes = try known(.stepSize)
    if stepSizes != nil {
      for (name, statistic) in Self.columns {
        names.append(name)
        columns.append(try known(statistic) ?? [Double](repeating: 0, count: count))
      }
    } else if let rates = try known(.acceptanceRate) {
      names.append("accept_stat__")
      columns.append(rates)
    }
    for quantity in fit.quantities {
      let draws = try fit.draws(of: quantity)
      for element in Self.columnMajor(quantity.shape) {
        names.append(([quantity.name] + element.index.map { "\($0 + 1)" }).joined(separator: "."))
        columns.append(draws.element(element.position).values)
      }
    }
    return (0..<fit.chainCount).map { chain in
      let stepSize = stepSizes.map { $0[(chain + 1) * fit.drawCount - 1] }
      var bytes = Array((header(chain, stepSize) + names.joined(separator: ",") + "\n").utf8)
      if let stepSize {
        bytes += "# Adaptation terminated\n# Step size = \(numberText(stepSize))\n".utf8
        bytes += "# The adapted metric is not kept\n".utf8
      }
      for draw in 0..<fit.drawCount {
        for (number, column) in columns.enumerated() {
          if number > 0 { bytes.append(UInt8(ascii: ",")) }
          bytes += numberText(column[chain * fit.drawCount + draw]).utf8
        }
        bytes.append(UInt8(ascii: "\n"))
      }
      let warmup = fit.seconds.warmup ?? 0
      let sampling = fit.seconds.sampling ?? 0
      bytes +=
        """
        #\u{20}
        #  Elapsed Time: \(numberText(warmup)) seconds (Warm-up)
        #                \(numberText(sampling)) seconds (Sampling)
        #                \(numberText(warmup + sampling)) seconds (Total)
        #\u{20}

        """.utf8
      return bytes
    }
  }

  /// Indices and flat positions (last axis fastest) of the elements of an array, the first index fastest.
  static func columnMajor(_ shape: [Int]) -> [(index: [Int], position: Int)] {
    (0..<shape.reduce(1, *)).map { number in
      var rest = number
      var index: [Int] = []
      for length in shape {
        index.append(rest % length)
        rest /= length
      }
      let position = zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
      return (index, position)
    }
  }

  /// The settings as comments, under CmdStan's names.
  private func header(_ chain: Int, _ stepSize: Double?) -> String {
    let warmup = fit.warmupCount ?? 0
    var lines = [
      "stan_version_major = 2", "stan_version_minor = 36", "stan_version_patch = 0",
      "model = \(modelName)", "inference_library = ppl \(fit.version ?? "")",
      "method = sample (Default)", "  sample", "    num_samples = \(fit.drawCount)",
      "    num_warmup = \(warmup)", "    save_warmup = false (Default)", "    thin = 1 (Default)",
      "    adapt", "      engaged = \(stepSize == nil ? "false" : "true (Default)")",
    ]
    if stepSize == nil {
      lines.append("    algorithm = fixed_param")
    } else {
      lines += [
        "    algorithm = hmc (Default)", "      hmc", "        engine = nuts (Default)",
        "          nuts",
        "            max_depth = 10 (Default)", "        metric = unit_e",
      ]
    }
    lines += ["id = \(chain + 1)", "random", "  seed = \(fit.seed ?? 0)"]
    return lines.map { "# \($0)\n" }.joined()
  }

  /// The model's file without folder and ending.
  private var modelName: String {
    var name = fit.modelName?.split(separator: "/").last.map(String.init) ?? "model"
    if name.hasSuffix(".ppl") { name.removeLast(4) }
    return name.replacing(" ", with: "_") + "_model"
  }
}
