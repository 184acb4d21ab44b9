import PPLGraphIR
import PPLTensorCore

/// A vector of K elements for each cell of the plate, of which an index picks one.
struct PlateTable {
  private let values: GraphValue
  /// Elements of the plate before each cell, times K; nil for a plate of one cell.
  private let offset: GraphValue?

  /// A table of `[plate…, K]`, with size 1 along plate axes along which it does not vary.
  init(_ values: GraphValue, indexRank: Int) {
    precondition(values.shape.rank == indexRank + 1, "The table has the plate's axes and one more.")
    self.values = values
    let plate = values.plateShape(eventRank: 1)
    let size = values.eventSize
    offset =
      plate.count == 1
      ? nil
      : values.builder.constant(shape: plate, kind: .integer) {
        (0..<plate.count).map { Double($0 * size) }
      }
  }

  /// The elements at positions 0 ..< K, which run over the plate.
  func elements(at index: GraphValue) -> GraphValue {
    flat(values).gather(row(of: index))
  }

  /// Logarithms of the elements; of as few as the table or the index has.
  ///
  /// Elements that no position picks are left out, as log 0 would spoil the gradient.
  func logarithms(at index: GraphValue) -> GraphValue {
    let row = row(of: index)
    if row.shape.count <= values.shape.count { return flat(values).gather(row).log() }
    let ones = values.scalar(1).broadcast(to: row.shape)
    let isPicked = ones.scatterAdd(row, rows: values.shape.count).isGreater(than: 0)
    return isPicked.select(flat(values), 1).log().gather(row)
  }

  private func row(of index: GraphValue) -> GraphValue { offset.map { index + $0 } ?? index }

  private func flat(_ values: GraphValue) -> GraphValue { values.reshape([values.shape.count]) }
}
