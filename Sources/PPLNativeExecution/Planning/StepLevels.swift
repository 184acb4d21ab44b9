/// The stage of each step: steps of one stage do not wait for each other's whole results.
struct StepLevels {
  private(set) var levels: [Int]
  /// The first and the last step that makes each value, -1 for none; nearly always the same.
  private let firstWriter: [Int]
  private let lastWriter: [Int]

  /// The levels of steps in topological order.
  init(_ steps: [PlanStep], valueCount: Int) {
    var first = [Int](repeating: -1, count: valueCount)
    var last = first
    var valueLevel = [Int](repeating: 0, count: valueCount)
    levels = [Int](repeating: 0, count: steps.count)
    for (index, step) in steps.enumerated() {
      var level = 0
      for read in step.reads {
        let writer = last[read.value]
        if writer < 0 { continue }
        let isFused =
          first[read.value] == writer && step.takesFromRegister(read, madeBy: steps[writer])
        level = max(level, isFused ? levels[writer] : valueLevel[read.value] + 1)
      }
      levels[index] = level
      if first[step.result] < 0 { first[step.result] = index }
      last[step.result] = index
      valueLevel[step.result] = max(valueLevel[step.result], level)
    }
    (firstWriter, lastWriter) = (first, last)
    moveToUses(steps, valueCount: valueCount)
  }

  /// Moves what is used in one later loop only into that loop, so that it need not lie in memory.
  private mutating func moveToUses(_ steps: [PlanStep], valueCount: Int) {
    /// Level of the loop that uses a value; -1 if several do, or one that reads it from memory.
    var useLevel = [Int?](repeating: nil, count: valueCount)
    for (index, step) in steps.enumerated().reversed() {
      if case .loop(let instruction) = step, instruction.isPointwise, !instruction.isScalar,
        let level = useLevel[instruction.result], level > levels[index]
      {
        levels[index] = level
      }
      for read in step.reads {
        let writer = lastWriter[read.value]
        if writer < 0 { continue }
        let isFused =
          firstWriter[read.value] == writer
          && step.takesFromRegister(read, madeBy: steps[writer])
        let known = useLevel[read.value]
        useLevel[read.value] =
          isFused && (known == nil || known == levels[index]) ? levels[index] : -1
      }
    }
  }
}

extension PlanStep {
  /// Whether this step, where it shares a loop with the one that makes a value, reads it at the point where it is made.
  ///
  /// Scalars are made before all loops of their level.
  func takesFromRegister(_ read: Access, madeBy writer: PlanStep) -> Bool {
    guard case .loop(let writer) = writer, writer.isPointwise, case .loop(let reader) = self
    else { return false }
    if writer.isScalar { return read.isInvariant && read.offset == 0 }
    return writer.space == reader.space && read.isIdentity(on: reader.space)
  }
}
