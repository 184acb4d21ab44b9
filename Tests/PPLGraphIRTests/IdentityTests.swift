import PPLGraphIR
import PPLTensorCore
import Testing

@Suite struct IdentityTests {
  private let builder = GraphBuilder()
  private let x: GraphValue

  init() { x = builder.addInput(shape: [4, 3]) }

  @Test func neutralElementsVanish() {
    #expect((x + 0).id == x.id)
    #expect((0 + x).id == x.id)
    #expect((x - 0).id == x.id)
    #expect((x * 1).id == x.id)
    #expect((1 * x).id == x.id)
    #expect((x / 1).id == x.id)
    #expect(x.pow(1).id == x.id)
    #expect(x.pow(2).id == x.square().id)
    #expect((-1 * x).id == (-x).id)
    #expect((-(-x)).id == x.id)
    #expect((x * builder.constant(Tensor(shape: [4, 3], repeating: 1))).id == x.id)
  }

  @Test func signsAndPowersOfTwoMerge() {
    let y = builder.addInput(shape: [4, 3])
    #expect((-0.5 * (2 * x)).id == (-x).id)
    #expect((3 * (x * 4)).id == (12 * x).id)
    #expect((3 * (x * 7)).id != (21 * x).id)
    #expect((3 * -x).id == (-3 * x).id)
    #expect((x + -y).id == (x - y).id)
    #expect((-x + y).id == (y - x).id)
    #expect((x - (-y)).id == (x + y).id)
    // The product underflows where the factors one after the other do not.
    #expect((0x1p-1000 * (0x1p-1000 * x)).id != (0 * x).id)
  }

  @Test func valuesThatMayBeNaNStay() {
    #expect(!builder.isConstant(x * 0))
    #expect((0 - x).id != x.id)
    #expect((1 / x).id != x.id)
    #expect((x - x).id != builder.constant(0).id)
  }

  @Test func neutralElementsThatRepeatTheOtherStay() {
    let row = builder.addInput(shape: [1, 3])
    let zeros = builder.constant(Tensor(shape: [4, 3], repeating: 0))
    let sum = row + zeros
    #expect(sum.shape == [4, 3])
    #expect(sum.id != row.id)
  }

  @Test func kindsAreKept() {
    let flags = builder.constant(Tensor(shape: [2], kind: .boolean, values: [0, 1]))
    let sum = flags + builder.constant(Tensor(shape: [2], repeating: 0))
    #expect(sum.kind == .real)
  }

  @Test func movementsMerge() {
    #expect(x.reshape([12]).reshape([2, 6]).reshape([4, 3]).id == x.id)
    #expect(x.transpose([1, 0]).transpose([1, 0]).id == x.id)
    #expect(x.broadcast(to: [4, 3]).id == x.id)
    #expect(x.slice(axis: 0, start: 0, count: 4).id == x.id)
    #expect(
      x.slice(axis: 0, start: 1, count: 3).slice(axis: 0, start: 1, count: 1).id
        == x.slice(axis: 0, start: 2, count: 1).id
    )
    let row = builder.addInput(shape: [1, 3])
    #expect(row.transpose([1, 0]).id == row.reshape([3, 1]).id)
    #expect((row.broadcast(to: [4, 3]) + x).id == (row + x).id)
    #expect(GraphValue.concatenate([x], axis: 0).id == x.id)
    let joined = GraphValue.concatenate([row, x], axis: 0)
    #expect(joined.slice(axis: 0, start: 0, count: 1).id == row.id)
    #expect(
      joined.slice(axis: 0, start: 2, count: 2).id == x.slice(axis: 0, start: 1, count: 2).id
    )
  }

  @Test func neighbouringSlicesAreOneSlice() {
    func rows(_ start: Int, _ count: Int) -> GraphValue {
      x.slice(axis: 0, start: start, count: count)
    }
    #expect(GraphValue.concatenate([rows(0, 1), rows(1, 3)], axis: 0).id == x.id)
    let other = x.exp().slice(axis: 0, start: 3, count: 1)
    #expect(
      GraphValue.concatenate([other, rows(1, 1), rows(2, 1), rows(0, 1)], axis: 0).id
        == GraphValue.concatenate([other, rows(1, 2), rows(0, 1)], axis: 0).id
    )
    // Slices along another axis, or not in order.
    let column = x.slice(axis: 1, start: 0, count: 1)
    #expect(GraphValue.concatenate([column, column], axis: 0).shape == [8, 1])
    #expect(GraphValue.concatenate([rows(2, 2), rows(0, 2)], axis: 0).id != x.id)
  }

  @Test func contiguousRowsAreASlice() {
    func index(_ values: [Double]) -> GraphValue {
      builder.constant(Tensor(shape: [values.count], kind: .integer, values: values))
    }
    #expect(x.gather(index([0, 1, 2, 3])).id == x.id)
    #expect(x.gather(index([1, 2])).id == x.slice(axis: 0, start: 1, count: 2).id)
    let scalar = builder.constant(Tensor(scalar: 2, kind: .integer))
    #expect(x.gather(scalar).id == x.slice(axis: 0, start: 2, count: 1).reshape([3]).id)
    let graph = builder.build(outputs: [
      x.gather(index([1, 3])), x.gather(index([3, 4])), x.gather(index([-1, 0])),
      x.gather(index([.nan])), x.gather(index([1e300])),
    ])
    #expect(graph.opCounts["gather"] == 5)
  }

  @Test func knownConditionsChoose() {
    let y = x.exp()
    #expect(builder.constant(1).select(x, y).id == x.id)
    #expect(builder.constant(0).select(x, y).id == y.id)
    #expect(x.isLess(than: 0).select(y, y).id == y.id)
  }
}
