import PPLGraphIR
import PPLIntegration
import PPLTensorCore

/// The right sides of a graph's differential equations as machine code.
final class NativeBodies {
  private struct Key: Hashable {
    var body: ODEBody
    var part: ODEBody.Part
  }

  private var programs: [Key: NativeProgram] = [:]

  init(_ graph: Graph) throws(CompilationError) {
    for node in graph.nodes {
      guard case .solveODE(let body, _) = node.op else { continue }
      for part in ODEBody.Part.allCases {
        let key = Key(body: body, part: part)
        if programs[key] == nil { programs[key] = try NativeProgram(body.graph(part)) }
      }
    }
  }

  /// An evaluator for a right side.
  func evaluator(_ body: ODEBody, _ part: ODEBody.Part) -> any BodyEvaluator {
    guard let program = programs[Key(body: body, part: part)] else {
      return BodyProgram(body.graph(part))
    }
    return NativeBody(program, body.graph(part))
  }
}

/// The evaluator by machine code.
@safe
private final class NativeBody: BodyEvaluator {
  let inputs: [Numbers]
  let outputs: [Numbers]
  private let executor: NativeExecutor
  private let given: UnsafeMutableBufferPointer<Double>
  private let results: UnsafeMutableBufferPointer<Double>

  init(_ program: NativeProgram, _ graph: Graph) {
    executor = NativeExecutor(program)
    let given = UnsafeMutablePointer<Double>.allocate(capacity: graph.inputCount + 1)
    let results = UnsafeMutablePointer<Double>.allocate(capacity: graph.outputCount + 1)
    unsafe given.initialize(repeating: 0, count: graph.inputCount + 1)
    unsafe results.initialize(repeating: 0, count: graph.outputCount + 1)
    unsafe self.given = UnsafeMutableBufferPointer(start: given, count: graph.inputCount)
    unsafe self.results = UnsafeMutableBufferPointer(start: results, count: graph.outputCount)
    func places(_ base: UnsafeMutablePointer<Double>, _ shapes: [Shape]) -> [Numbers] {
      var start = 0
      return shapes.map { shape in
        defer { start += shape.count }
        return unsafe Numbers(base + start)
      }
    }
    unsafe inputs = places(given, graph.inputs)
    unsafe outputs = places(results, graph.outputs.map { graph[$0].shape })
  }

  deinit {
    unsafe given.deallocate()
    unsafe results.deallocate()
  }

  func run(key: RandomKey) {
    unsafe executor.run(
      inputs: UnsafeBufferPointer(given),
      outputs: results,
      key: key
    )
  }
}
