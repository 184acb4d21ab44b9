import PPLTensorCore
import Testing

@Suite struct ShapeTests {
  @Test func countIsTheProductOfSizes() {
    #expect(Shape([]).count == 1)
    #expect(Shape([2, 3, 4]).count == 24)
    #expect(Shape([5, 0]).count == 0)
  }

  @Test func stridesAreRowMajor() {
    #expect(Shape([2, 3, 4]).strides == [12, 4, 1])
    #expect(Shape([]).strides == [])
  }

  @Test func sizesOfUsersAreChecked() {
    #expect(Shape(checked: [1 << 40, 1 << 40]) == nil)
    #expect(Shape(checked: [-1]) == nil)
    #expect(Shape(checked: [0, Int.max, 2])?.count == 0)
    #expect(Shape(checked: [2, 3]) == [2, 3])
  }

  @Test func countThatDoesNotFitSaturates() {
    #expect(Shape([1 << 40, 1 << 40]).count == Int.max)
  }
}

@Suite struct TensorTests {
  @Test func elementsAreFoundByIndex() {
    var tensor = Tensor(shape: [2, 3], values: [0, 1, 2, 3, 4, 5])
    #expect(tensor[1, 2] == 5)
    tensor[0, 1] = 7
    #expect(tensor.values == [0, 7, 2, 3, 4, 5])
    #expect(tensor.reshaped(to: [3, 2])[2, 1] == 5)
  }

  @Test func uniformValueTellsSignsOfZeroApart() {
    #expect(Tensor(shape: [3], repeating: 2).uniformValue == 2)
    #expect(Tensor(shape: [2], values: [0, -0.0]).uniformValue == nil)
    #expect(Tensor(shape: [0], values: []).uniformValue == nil)
    #expect(Tensor(shape: [2], repeating: .nan).uniformValue?.isNaN == true)
  }
}
