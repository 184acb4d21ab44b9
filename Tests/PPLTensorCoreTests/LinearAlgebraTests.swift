import Glibc
import PPLTensorCore
import Testing

@Suite struct LinearAlgebraTests {
  /// GSL has a slow `cblas_dgemm` too, which would win if it came first at link time.
  @Test func matrixProductsComeFromOpenBLAS() throws {
    // A call first, so that the library is loaded for certain.
    #expect(LinearAlgebra.threadCount == 1)
    let symbol = unsafe try #require(unsafe dlsym(nil, "cblas_dgemm"))
    let address = UInt(bitPattern: symbol)
    let file = mappedFile(at: address)
    #expect(file?.contains("openblas") == true, "\(file ?? "nothing")")
  }

  /// The line of the process's memory map that covers an address.
  private func mappedFile(at address: UInt) -> String? {
    guard let maps = unsafe fopen("/proc/self/maps", "r") else { return nil }
    defer { unsafe fclose(maps) }
    var line = [CChar](repeating: 0, count: 4096)
    while unsafe fgets(&line, Int32(line.count), maps) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
        as: UTF8.self
      )
      let bounds = text.prefix { $0 != " " }.split(separator: "-")
        .compactMap { UInt($0, radix: 16) }
      if bounds.count == 2, (bounds[0]..<bounds[1]).contains(address) { return text }
    }
    return nil
  }

  @Test(arguments: [
    (1, 1, 1), (3, 2, 4), (7, 5, 1), (1, 6, 3), (40, 30, 20), (1, 50, 60), (90, 70, 1),
  ])
  func productsMatchTheDefinition(n: Int, k: Int, m: Int) {
    var generator = RandomKey(seed: 3).makeGenerator()
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      let a = (0..<n * k).map { _ in generator.nextNormal() }
      let b = (0..<k * m).map { _ in generator.nextNormal() }
      var c = [Double](repeating: .nan, count: n * m)
      unsafe LinearAlgebra.multiply(
        a,
        transposed: transposeA,
        b,
        transposed: transposeB,
        into: &c,
        n: n,
        k: k,
        m: m
      )
      for i in 0..<n {
        for j in 0..<m {
          var sum = 0.0
          var scale = 0.0
          for l in 0..<k {
            let term = a[transposeA ? l * n + i : i * k + l] * b[transposeB ? j * k + l : l * m + j]
            sum += term
            scale += term.magnitude
          }
          // The rounding bound of a sum of k products.
          #expect((c[i * m + j] - sum).magnitude <= Double(k + 1) * 2.3e-16 * scale)
        }
      }
    }
  }

  @Test(arguments: [1, 2, 5, 24, 25, 60])
  func factorTimesItsTransposeIsTheMatrix(n: Int) {
    let matrix = positiveDefinite(n, seed: 5)
    var factor = matrix
    // What stands above the diagonal is not read.
    for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { factor[i * n + j] = .nan } }
    unsafe LinearAlgebra.cholesky(&factor, n: n)
    for i in 0..<n {
      for j in 0..<n {
        var sum = 0.0
        for l in 0..<n { sum += factor[i * n + l] * factor[j * n + l] }
        #expect((sum - matrix[i * n + j]).magnitude < 1e-12 * Double(n))
        if j > i { #expect(factor[i * n + j] == 0) }
      }
    }
  }

  @Test(arguments: [2, 40])
  func indefiniteMatrixGivesNaN(n: Int) {
    for bad in [-1.0, 0, .nan] {
      var matrix = positiveDefinite(n, seed: 6)
      matrix[(n - 1) * n + n - 1] = bad
      unsafe LinearAlgebra.cholesky(&matrix, n: n)
      for i in 0..<n {
        for j in 0..<n { #expect(j > i ? matrix[i * n + j] == 0 : matrix[i * n + j].isNaN) }
      }
    }
  }

  @Test(arguments: [(1, 1), (4, 3), (30, 1), (30, 40)])
  func triangularSolutionSolves(n: Int, m: Int) {
    var factor = positiveDefinite(n, seed: 7)
    unsafe LinearAlgebra.cholesky(&factor, n: n)
    let lower = factor
    for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { factor[i * n + j] = .nan } }
    var generator = RandomKey(seed: 8).makeGenerator()
    let right = (0..<n * m).map { _ in generator.nextNormal() }
    for transposed in [false, true] {
      var solution = right
      unsafe LinearAlgebra.triangularSolve(factor, transposed: transposed, &solution, n: n, m: m)
      for i in 0..<n {
        for c in 0..<m {
          var sum = 0.0
          for j in 0..<n {
            sum += (transposed ? lower[j * n + i] : lower[i * n + j]) * solution[j * m + c]
          }
          #expect((sum - right[i * m + c]).magnitude < 1e-11)
        }
      }
    }
  }

  /// |A x| = |R x| for every x, and R is upper triangular.
  @Test(arguments: [(1, 1), (5, 3), (3, 5), (200, 40), (7, 0), (0, 2)])
  func triangularFactorKeepsLengths(n: Int, k: Int) throws {
    var generator = RandomKey(seed: 9).makeGenerator()
    let columns = (0..<n * k).map { _ in generator.nextNormal() }
    let factor = try #require(LinearAlgebra.triangularFactor(columns: columns, n: n, k: k))
    let rank = min(n, k)
    #expect(factor.count == rank * k)
    for row in 0..<rank { for column in 0..<row { #expect(factor[row * k + column] == 0) } }
    for _ in 0..<5 {
      let x = (0..<k).map { _ in generator.nextNormal() }
      func squaredLength(_ rows: Int, _ entry: (Int, Int) -> Double) -> Double {
        (0..<rows).reduce(0) { sum, row in
          let product = (0..<k).reduce(0) { $0 + entry(row, $1) * x[$1] }
          return sum + product * product
        }
      }
      let expected = squaredLength(n) { columns[$1 * n + $0] }
      let actual = squaredLength(rank) { factor[$0 * k + $1] }
      #expect((actual - expected).magnitude <= 1e-13 * expected)
    }
    let bad = columns.isEmpty ? [] : [Double.nan] + columns.dropFirst()
    if !bad.isEmpty {
      #expect(LinearAlgebra.triangularFactor(columns: bad, n: n, k: k) == nil)
    }
  }

  /// A random Gram matrix plus the identity times n.
  private func positiveDefinite(_ n: Int, seed: UInt64) -> [Double] {
    var generator = RandomKey(seed: seed).makeGenerator()
    let root = (0..<n * n).map { _ in generator.nextNormal() }
    var matrix = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        for l in 0..<n { matrix[i * n + j] += root[i * n + l] * root[j * n + l] / Double(n) }
      }
      matrix[i * n + i] += 1
    }
    return matrix
  }
}
