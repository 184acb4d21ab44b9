import Glibc
import PPL

/// The eight schools from Swift: `eight-schools` fits and prints them, `eight-schools density` measures evaluations of the
/// log density a second, `eight-schools fits 10000` the memory of many fits in one process.
@main struct EightSchools {
  static let text = """
    dim school
    data y[school]: real
    data sigma[school]: real > 0
    mu ~ Normal(0, 5)
    tau ~ HalfCauchy(5)
    z[school] ~ Normal(0, 1)
    theta[s: school] = mu + tau * z[s]
    y[s: school] ~ Normal(theta[s], sigma[s])
    """

  static let data: DataSet = [
    "school": ["A", "B", "C", "D", "E", "F", "G", "H"],
    "y": [28, 8, -3, 7, -1, 1, 18, 12],
    "sigma": [15, 10, 16, 11, 9, 11, 10, 18],
  ]

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    let model = try Program(checking: text).compile(data).model
    switch arguments.first {
    case "density": try measureDensity(model)
    case "fits": try await repeatFits(model, count: arguments.last.flatMap { Int($0) } ?? 10_000)
    default: try await show(model)
    }
  }

  static func show(_ model: Model) async throws {
    let posterior = try await model.infer(.nuts(targetAccept: 0.9), InferenceOptions(seed: 1))
    for line in await posterior.summary() {
      print(
        "\(line.name)  \(rounded(line.mean)) ± \(rounded(line.sd))  R-hat \(rounded(line.rhat))"
      )
    }
    if let theta = posterior["theta"], let a = theta("A"), let c = theta("C") {
      let count = zip(a, c).count { $0 > $1 }
      print("P(theta[A] > theta[C]) = \(rounded(Double(count) / Double(a.count)))")
    }
    let replicates = try await posterior.predict("y")
    print("replicates of y have means \(replicates.mean.map(rounded))")
  }

  static func measureDensity(_ model: Model) throws {
    let density = try model.logDensity()
    let evaluator = density.makeEvaluator()
    var position = [Double](repeating: 0.1, count: density.dimension)
    var gradient = position
    let (count, clock) = (2_000_000, ContinuousClock())
    var sum = 0.0
    let time = try clock.measure {
      for step in 0..<count {
        position[0] = Double(step % 100) / 100
        sum += try evaluator.evaluate(at: position, gradient: &gradient)
      }
    }
    let rate = Double(count) / (time / .seconds(1))
    print("\(Int(rate)) log densities with gradients a second (sum \(rounded(sum)))")
  }

  static func repeatFits(_ model: Model, count: Int) async throws {
    for number in 1...count {
      let engine = Engine.nuts(chains: 2, warmup: 100, draws: 100)
      let posterior = try await model.infer(engine, InferenceOptions(seed: UInt64(number)))
      if number == 1 || number.isMultiple(of: max(1, count / 10)) {
        let mean = posterior["mu"]?.mean.first ?? .nan
        print("\(number) fits, \(residentMegabytes()) MB, mean of mu \(rounded(mean))")
      }
    }
  }

  /// Memory of this process that is in use, in megabytes.
  static func residentMegabytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 256)
    guard fgets(&buffer, 256, file) != nil else { return 0 }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) / 1_000_000
  }

  static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
