import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

/// Two ways to write one distribution.
struct FormPair: Sendable, CustomTestStringConvertible {
  let name: String
  let first: [Tensor]
  let form: Int
  let second: [Tensor]
  let points: [Tensor]

  init(
    _ name: String,
    _ first: [LiteralTensor],
    _ form: Int,
    _ second: [LiteralTensor],
    at points: [LiteralTensor]
  ) {
    self.name = name
    self.first = first.map(\.tensor)
    self.form = form
    self.second = second.map(\.tensor)
    self.points = points.map(\.tensor)
  }

  var testDescription: String { "\(name) \(form)" }

  static let logitOf30Percent = LiteralTensor(Tensor(scalar: logarithm(0.3 / 0.7)))
  static let logOf5 = LiteralTensor(Tensor(scalar: logarithm(5)))

  static let all: [FormPair] = [
    FormPair("Normal", [1, 0.5], 1, [1, 4], at: [-3, 1, 2.5]),
    FormPair("Exponential", [4], 1, [0.25], at: [0, 0.3, 7]),
    FormPair("Gamma", [3, 4], 1, [3, 0.25], at: [0.1, 2]),
    FormPair("Bernoulli", [0.3], 1, [logitOf30Percent], at: [0, 1]),
    FormPair("Binomial", [8, 0.3], 1, [8, logitOf30Percent], at: [0, 3, 8]),
    FormPair("Poisson", [5], 1, [logOf5], at: [0, 3, 40]),
    FormPair("NegativeBinomial", [5, 2], 1, [logOf5, 2], at: [0, 3, 40]),
    FormPair("NegativeBinomial", [5, 2], 2, [2, 0.4], at: [0, 3, 40]),
    FormPair("NegativeBinomial", [8, 2], 3, [2, 0.2], at: [0, 3, 40]),
    FormPair("Geometric", [0.3], 1, [logitOf30Percent], at: [0, 3, 40]),
    FormPair("ExponentiallyModifiedNormal", [1, 2, 4], 1, [1, 2, 0.25], at: [-7, 1.5, 30]),
    FormPair("AsymmetricLaplace", [0.5, 1, 2], 1, [0.5, 0.8, 0.8], at: [-7, 0.5, 3]),
    FormPair(
      "Multinomial",
      [6, [0.25, 0.5, 0.25]],
      1,
      [6, [-3, logMinus3TimesTwo, -3]],
      at: [[1, 2, 3], [0, 6, 0]]
    ),
    FormPair(
      "Wishart",
      [7, [[4, 1], [1, 9]]],
      1,
      [7, [[2, 0], [0.5, LiteralTensor(Tensor(scalar: 8.75.squareRoot()))]]],
      at: [[[1, 0.5], [0.5, 2]]]
    ),
    FormPair(
      "InverseWishart",
      [7, [[4, 1], [1, 9]]],
      1,
      [7, [[2, 0], [0.5, LiteralTensor(Tensor(scalar: 8.75.squareRoot()))]]],
      at: [[[1, 0.5], [0.5, 2]]]
    ),
    FormPair(
      "MultiStudentT",
      [7, [1, 2], [[4, 1.2], [1.2, 9]]],
      3,
      [7, [1, 2], [2, 3], [[1, 0.2], [0.2, 1]]],
      at: [[0, 0], [3, -4]]
    ),
    FormPair(
      "Categorical",
      [[0.25, 0.5, 0.25]],
      1,
      [[-3, logMinus3TimesTwo, -3]],
      at: [0, 1, 2]
    ),
    FormPair(
      "MultiNormal",
      [[1, 2], [[4, 1.2], [1.2, 9]]],
      1,
      [[1, 2], [[2, 0], [0.6, LiteralTensor(Tensor(scalar: 8.64.squareRoot()))]]],
      at: [[0, 0], [3, -4]]
    ),
    FormPair(
      "MultiNormal",
      [[1, 2], [[2, -0.5], [-0.5, 0.25]]],
      2,
      [[1, 2], [[1, 2], [2, 8]]],
      at: [[0, 0], [3, -4]]
    ),
    FormPair(
      "MultiNormal",
      [[1, 2], [[4, 1.2], [1.2, 9]]],
      3,
      [[1, 2], [2, 3], [[1, 0.2], [0.2, 1]]],
      at: [[0, 0], [3, -4]]
    ),
  ]

  private static let logMinus3TimesTwo = LiteralTensor(Tensor(scalar: -3 + logarithm(2)))
}

@Suite struct ParameterisationTests {
  @Test(arguments: FormPair.all)
  func formsHaveTheSameDensity(_ pair: FormPair) throws {
    let distribution = try family(pair.name)
    for point in pair.points {
      let densities = evaluate([point] + pair.first + pair.second) { _, values in
        let first = values[1...pair.first.count]
        return [
          distribution.totalLogDensity(of: values[0], form: 0, Array(first)),
          distribution.totalLogDensity(
            of: values[0],
            form: pair.form,
            Array(values.dropFirst(1 + pair.first.count))
          ),
        ]
      }
      let (first, second) = (densities[0].values[0], densities[1].values[0])
      #expect(abs(first - second) <= 1e-12 * max(1, abs(first)))
    }
  }

  @Test func namesAndLabelsAreUsable() throws {
    let library = DistributionLibrary.standard
    #expect(library.names.count == 57)
    #expect(library.signatureTable.distributions.count == 57)
    for name in library.names {
      let signature = try family(name).signature
      #expect(signature.name == name)
      #expect(!signature.summary.isEmpty)
      for (position, parameters) in signature.parameterisations.enumerated() {
        #expect(Set(parameters.map(\.name)).count == parameters.count)
        // A later form is told apart from earlier ones by a label or a count.
        for earlier in signature.parameterisations.prefix(position) {
          #expect(
            earlier.count != parameters.count || parameters.contains { $0.needsLabel }
          )
        }
      }
    }
    #expect(library["normal"] == nil)
  }
}
