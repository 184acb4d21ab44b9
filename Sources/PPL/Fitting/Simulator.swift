import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLTensorCore

/// Draws forward by a simulation's graph, on all cores.
struct Simulator: Sendable {
  let simulation: SimulationGraph
  private let executable: ExecutableGraph

  /// What a stream of random numbers is for; streams of different purposes are independent.
  enum Purpose: UInt64 {
    case prior = 0x7072_696f_72
    case prediction = 0x7072_6564_6963_74
    case check = 0x6368_6563_6b
    case calibration = 0x7362_63
    case evidence = 0x6576_6964_656e_6365
    case attempt = 0x6174_7465_6d70_74
    case approximation = 0x6170_7072_6f78
    case start = 0x7374_6172_74
    case tempering = 0x736d_63
    case comparison = 0x6162_63
    case custom = 0x6375_7374_6f6d
    case validation = 0x7661_6c69_6461_7465
  }

  /// Draws that may break a rule of their types before that is an error.
  private static let greatestAttempts = 100_000
  /// Numbers that are held of a simulation, at most: 1 GiB.
  private static let greatestCount = 1 << 27
  /// Elements of a graph from which machine code is faster over some thousand draws.
  private static let largeGraph = 2000

  init(_ simulation: SimulationGraph, _ choice: ExecutorChoice) {
    self.simulation = simulation
    let elements = simulation.graph.nodes.reduce(0) { $0 + $1.shape.count }
    executable = ExecutableGraph(
      simulation.graph,
      elements > Self.largeGraph ? choice : .reference
    )
  }

  /// An executor for one thread.
  func makeExecutor() -> any Executor { executable.makeExecutor() }

  /// One draw.
  ///
  /// - Parameters:
  ///   - executor: one of `makeExecutor`.
  ///   - inputs: the given quantities of one draw, in order.
  ///   - key: names the random numbers.
  /// - Returns: the outputs that are wanted.
  /// - Throws: if no draw keeps the rules of the joint types.
  func draw(_ executor: any Executor, inputs: [Double], key: RandomKey)
    throws(SamplingFailure) -> [Double]
  {
    var attempt: UInt64 = 0
    while true {
      let own = attempt == 0 ? key : key.derived(Purpose.attempt.rawValue).derived(attempt)
      var outputs = executor.run(
        inputs: inputs,
        outputCount: simulation.graph.outputCount,
        key: own
      )
      guard simulation.rejectsDraws, let broken = outputs.popLast(), broken != 0 else {
        return outputs
      }
      attempt += 1
      guard attempt < Self.greatestAttempts else {
        throw .run(
          message: "none of \(Self.greatestAttempts) draws lies within the bounds and joint types"
            + " that the program declares; bring the distributions nearer to them"
        )
      }
    }
  }

  /// Some draws for each draw of a fit.
  ///
  /// - Returns: by chain, `[draws, width]`.
  func draws(over fit: Fit, repeats: Int = 1, key: RandomKey) async throws(SamplingFailure)
    -> [[Double]]
  {
    let positions = simulation.inputs.compactMap { id in
      fit.quantities.firstIndex { $0.variable == id }
    }
    try checkCount(fit.chainCount * fit.drawCount * repeats)
    return try await Self.eachChain(fit.chainCount) { (chain) throws(SamplingFailure) in
      let executor = makeExecutor()
      var rows: [Double] = []
      rows.reserveCapacity(fit.drawCount * repeats * simulation.width)
      for draw in 0..<fit.drawCount {
        var inputs: [Double] = []
        for position in positions { inputs += fit.value(of: position, chain: chain, draw: draw) }
        for number in 0..<repeats {
          rows += try self.draw(
            executor,
            inputs: inputs,
            key: key.derived(UInt64(chain)).derived(UInt64(draw * repeats + number))
          )
        }
      }
      return rows
    }
  }

  /// Refuses so many draws that their numbers would not fit into memory.
  func checkCount(_ draws: Int) throws(SamplingFailure) {
    let (count, overflow) = draws.multipliedReportingOverflow(by: simulation.width)
    guard overflow || count > Self.greatestCount else { return }
    throw .run(
      message: "\(draws) draws of \(simulation.width) numbers are more than the"
        + " \(Self.greatestCount) that are held; make fewer draws, or ask for fewer elements"
    )
  }

  /// Results of all chains in order, each in a task of its own.
  static func eachChain<Result: Sendable>(
    _ count: Int,
    _ body: @escaping @Sendable (Int) throws(SamplingFailure) -> Result
  ) async throws(SamplingFailure) -> [Result] {
    let outcomes = await withTaskGroup(
      of: (Int, Swift.Result<Result, SamplingFailure>).self
    ) { group in
      for chain in 0..<count {
        group.addTask {
          do throws(SamplingFailure) {
            return (chain, .success(try body(chain)))
          } catch {
            return (chain, .failure(error))
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    var results: [Result] = []
    for chain in 0..<count {
      if let outcome = outcomes[chain] { results.append(try outcome.get()) }
    }
    return results
  }
}
