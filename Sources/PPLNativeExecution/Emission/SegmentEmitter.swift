/// Writes sums of groups of rows.
///
/// For rows of one element the sum of a group stays in a register; wider rows are added up in memory.
struct SegmentEmitter {
  private let function: FunctionEmitter
  private let ir: IRWriter
  private let sums: [SegmentSum]

  /// Sums over the same tables.
  init(_ function: FunctionEmitter, _ sums: [SegmentSum]) {
    self.function = function
    ir = function.ir
    self.sums = sums
  }

  func write() {
    guard let first = sums.first else { return }
    let sources = sums.map { function.address($0.source) }
    let results = sums.map { function.address($0.result) }
    if first.width > 1 { for sum in sums { function.fill(sum.result, 0) } }
    let starts = function.tableAddress(first.starts)
    function.loop(first.rowCount, step: 1) { row in
      let begin = ir.loadIndex(ir.address(starts, row, of: ir.int32))
      let next = ir.addIntegers(row, ir.integer(1))
      let end = ir.loadIndex(ir.address(starts, next, of: ir.int32))
      if first.width == 1 {
        writeScalars(first, row, begin, end, sources, results)
      } else {
        writeRows(first, row, begin, end, sources, results)
      }
    }
  }

  private func source(_ sum: SegmentSum, _ position: IRValue) -> IRValue {
    guard let order = sum.order else { return position }
    return ir.loadIndex(ir.address(function.tableAddress(order), position, of: ir.int32))
  }

  private func writeScalars(
    _ first: SegmentSum,
    _ row: IRValue,
    _ begin: IRValue,
    _ end: IRValue,
    _ sources: [IRValue],
    _ results: [IRValue]
  ) {
    let totals = ir.loop(
      in: function.function,
      from: begin,
      to: end,
      step: 1,
      mayBeEmpty: true,
      carrying: sums.map { _ in ir.constant(0) }
    ) { position, partials in
      let place = source(first, position)
      return zip(partials, sources).map { partial, base in
        ir.add(partial, ir.load(ir.address(base, place, of: ir.element)))
      }
    }
    for (total, result) in zip(totals, results) {
      ir.store(total, ir.address(result, row, of: ir.element))
    }
  }

  private func writeRows(
    _ first: SegmentSum,
    _ row: IRValue,
    _ begin: IRValue,
    _ end: IRValue,
    _ sources: [IRValue],
    _ results: [IRValue]
  ) {
    let width = first.width
    let whole = width / 8 * 8
    let target = ir.multiplyIntegers(row, ir.integer(width))
    function.loop(from: begin, to: end, step: 1, mayBeEmpty: true) { position in
      let place = ir.multiplyIntegers(source(first, position), ir.integer(width))
      for (base, result) in zip(sources, results) {
        let from = ir.address(base, place, of: ir.element)
        let to = ir.address(result, target, of: ir.element)
        func add(_ index: IRValue, _ count: Int) {
          let address = ir.address(to, index, of: ir.element)
          let sum = ir.add(
            ir.load(address, width: count),
            ir.load(ir.address(from, index, of: ir.element), width: count)
          )
          ir.store(sum, address)
        }
        if whole > 0 { function.loop(whole, step: 8) { add($0, 8) } }
        if whole < width { add(ir.integer(whole), width - whole) }
      }
    }
  }
}
