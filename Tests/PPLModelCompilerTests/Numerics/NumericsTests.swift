import Foundation
import Testing

/// Compiled densities, Jacobians and gradients against independent computations, program by program.
@Suite struct NumericsTests {
  static let cases =
    plateCases + indexCases + expressionCases + supportCases + familyCases + recursionCases
    + compositionCases + systemCases + functionCases
  private let trials = 0..<4

  /// Plain loops add the same terms in another order: the difference is rounding of sums of at most some
  /// hundred terms, and of special functions (1e-13 relative).
  @Test(arguments: cases)
  func densityAgreesWithPlainLoops(_ entry: NumericCase) throws {
    let compiled = try CompiledCase(text: entry.text, data: entry.data)
    for trial in trials {
      let position = compiled.position(trial)
      let found = compiled.density(at: position).alone
      let expected = entry.density(compiled.plainValues(at: position))
      #expect(expected.isFinite)
      #expect(
        abs(found - expected) <= 1e-10 * (1 + abs(expected)),
        "trial \(trial): \(found), by loops \(expected), difference \(found - expected)"
      )
    }
  }

  /// The log determinant of the map to free coordinates, with partial derivatives by differences of fourth
  /// order (error about 1e-10 each).
  @Test(arguments: cases)
  func jacobianIsTheDeterminantOfTheMap(_ entry: NumericCase) throws {
    let compiled = try CompiledCase(text: entry.text, data: entry.data)
    guard !entry.coordinates.values.contains(where: { if case .none = $0 { true } else { false } })
    else { return }
    func coordinates(_ position: [Double]) -> [Double] {
      compiled.sampled(at: position).flatMap { name, values in
        guard let free = entry.coordinates[name] else { return values }
        return free.indices(count: values.count).map { values[$0] }
      }
    }
    for trial in trials {
      let position = compiled.position(trial)
      let size = position.count
      try #require(coordinates(position).count == size)
      var matrix: [Double] = []
      for index in 0..<size {
        func moved(_ shift: Double) -> [Double] {
          var other = position
          other[index] += shift * 1e-3
          return coordinates(other)
        }
        let (near, far) = ((moved(-1), moved(1)), (moved(-2), moved(2)))
        for row in 0..<size {
          let difference = 8 * (near.1[row] - near.0[row]) - (far.1[row] - far.0[row])
          matrix.append(difference / 12e-3)
        }
      }
      let determinant = Plain.solve(matrix, [Double](repeating: 0, count: size)).determinant
      var expected = log(abs(determinant))
      for (name, values) in compiled.sampled(at: position) {
        expected += entry.coordinates[name]?.logVolume(count: values.count) ?? 0
      }
      let density = compiled.density(at: position)
      let found = density.withJacobian - density.alone
      #expect(
        abs(found - expected) <= 1e-8 * (1 + abs(density.alone)),
        "trial \(trial): \(found), by differences \(expected)"
      )
    }
  }

  @Test(arguments: cases)
  func gradientAgreesWithCentralDifferences(_ entry: NumericCase) throws {
    let compiled = try CompiledCase(text: entry.text, data: entry.data)
    for trial in trials {
      let position = compiled.position(trial)
      let gradient = compiled.gradient(at: position)
      let value = compiled.density(at: position).withJacobian
      // The parts are not rewritten; sums of absolute terms are some ten times the value.
      #expect(abs(gradient[0] - value) <= 1e-11 * (1 + abs(value)))
      for index in position.indices {
        func moved(_ shift: Double) -> Double {
          var other = position
          other[index] += shift * 1e-3
          return compiled.density(at: other).withJacobian
        }
        let (near, far) = (moved(1) - moved(-1), moved(2) - moved(-2))
        let expected = (8 * near - far) / 12e-3
        #expect(
          abs(gradient[index + 1] - expected) <= 1e-7 * (1 + abs(expected)) + 1e-10 * abs(value),
          "trial \(trial), element \(index): \(gradient[index + 1]), by differences \(expected)"
        )
      }
    }
  }
}
