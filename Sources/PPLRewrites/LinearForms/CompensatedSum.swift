/// A sum of numbers that is exact to rounding once.
///
/// Source: Neumaier 1974, doi:10.1002/zamm.19740540106, method IV (as Ogita, Rump and Oishi 2005,
/// doi:10.1137/030601818, write it with error-free additions and products).
struct CompensatedSum {
  private var sum = 0.0
  private var error = 0.0

  /// The sum so far.
  var value: Double { sum + error }

  mutating func add(_ term: Double) {
    let total = sum + term
    let part = total - sum
    error += (sum - (total - part)) + (term - part)
    sum = total
  }

  mutating func add(product a: Double, _ b: Double) {
    let product = a * b
    add(product)
    error += (-product).addingProduct(a, b)
  }
}
