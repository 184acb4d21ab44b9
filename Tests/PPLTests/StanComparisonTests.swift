import Foundation
import PPL
import PPLModelCompiler
import Testing

/// Log densities of the same model in Stan's semantics, up to a constant, with Jacobian.
///
/// Source: stanli 0.24.0 (PyPI), Stan programs of the same models with the parameters in the order of
/// `blocks`; the k-th point has q[i] = sin(1 + i + 10 k) / 2 in that order on the unconstrained scale.
private struct Comparison: Sendable, CustomTestStringConvertible {
  var name: String
  var blocks: [(name: String, count: Int)]
  var logDensities: [Double]
  /// Σ g[i] cos(i) of the gradient g.
  var gradients: [Double]

  init(
    _ name: String,
    _ blocks: [(String, Int)],
    logDensities: [Double],
    gradients: [Double]
  ) {
    self.name = name
    self.blocks = blocks.map { (name: $0.0, count: $0.1) }
    self.logDensities = logDensities
    self.gradients = gradients
  }

  var testDescription: String { name }

  static let all = [
    Comparison(
      "eight_schools_noncentered",
      [("mu", 1), ("tau", 1), ("z", 8)],
      logDensities: [-4.027125047668946, -5.107747718989067, -4.712508005392107],
      gradients: [-0.975527048137229, 2.943870603982853, -1.185006503029691]
    ),
    Comparison(
      "kidscore_interaction",
      [("beta", 4), ("sigma", 1)],
      logDensities: [-7258899.847984567, -152080.4577169254, -7085652.778981133],
      gradients: [-25527473.827438474, -749986.1804187916, -19770304.537132323]
    ),
    Comparison(
      "radon_mn_varying",
      [
        ("mu_alpha", 1), ("mu_beta", 1), ("sigma_alpha", 1), ("sigma_beta", 1), ("sigma_y", 1),
        ("z_alpha", 85), ("z_beta", 85),
      ],
      logDensities: [-1442.1458024188269, -1293.3391484937194, -658.0961745468381],
      gradients: [-78.13649590728107, 483.2101649143534, 457.78637169322985]
    ),
    Comparison(
      "irt_2pl",
      [
        ("sigma_theta", 1), ("sigma_a", 1), ("sigma_b", 1), ("mu_b", 1), ("theta", 100), ("a", 20),
        ("b", 20),
      ],
      logDensities: [-1473.8808722181811, -1531.6409091941719, -1481.5430402023476],
      gradients: [-223.07991316122497, 557.3234241305493, -334.89554528344075]
    ),
    Comparison(
      "GLMM_Poisson",
      [("alpha", 1), ("beta1", 1), ("beta2", 1), ("beta3", 1), ("sigma", 1), ("z", 40)],
      logDensities: [-26237.202257959678, -8353.890138730354, -30528.623988941756],
      gradients: [-856539.8784561058, 19535.200005521176, -517000.1212573679]
    ),
    Comparison(
      "surgical",
      [("mu", 1), ("sigmasq", 1), ("b", 12)],
      logDensities: [-2008.352384302934, -1878.3100533041725, -2180.580391996006],
      gradients: [-372.51981710927146, -50.99765164618763, -393.9044017875368]
    ),
    Comparison(
      "gp_regr",
      [("rho", 1), ("alpha", 1), ("sigma", 1)],
      logDensities: [-17.31971606281402, -55.36053473074519, -31.245115358584837],
      gradients: [29.827224722235165, 26.02552739782371, 42.45666052746227]
    ),
  ]
}

@Suite struct StanComparisonTests {
  @Test(arguments: Comparison.all)
  private func densityAndGradientAreStans(_ row: Comparison) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Examples/\(row.name)")
    let program = try Program(path: folder.appending(path: "model.ppl").path)
    let data = DataSet(paths: [folder.appending(path: "data.json").path])
    let model = try program.compile(data).model
    var differences: [Double] = []
    for k in 0..<3 {
      let position = position(row, model, k) { index in sin(Double(1 + index + 10 * k)) / 2 }
      let density = model.density(at: position)
      differences.append(density.logDensityWithJacobian - row.logDensities[k])
      let weights = self.position(row, model, k) { index in cos(Double(index)) }
      let gradient = density.gradient.flatMap(\.values)
      let terms = zip(gradient, weights).map { $0 * $1 }
      let scale = terms.reduce(0) { $0 + abs($1) }
      #expect(abs(terms.reduce(0, +) - row.gradients[k]) < 1e-9 * scale)
    }
    // Rounding in sums of up to 7e6 nats.
    let size = row.logDensities.map(abs).max() ?? 1
    #expect(abs(differences[1] - differences[0]) < 1e-11 * size)
    #expect(abs(differences[2] - differences[0]) < 1e-11 * size)
  }

  /// A vector in the model's order from a function of the index in the order of the row.
  private func position(
    _ row: Comparison,
    _ model: Model,
    _ k: Int,
    _ value: (Int) -> Double
  ) -> [Double] {
    var offsets: [String: Int] = [:]
    var next = 0
    for block in row.blocks {
      offsets[block.name] = next
      next += block.count
    }
    #expect(next == model.dimension)
    return model.compiled.blocks.flatMap { block in
      (0..<block.count).map { value((offsets[block.name] ?? 0) + $0) }
    }
  }
}
