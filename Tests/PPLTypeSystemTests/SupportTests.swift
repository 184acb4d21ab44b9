import PPLTypeSystem
import Testing

@Suite struct SupportTests {
  @Test func integersAndCategoriesAreDiscrete() {
    #expect(Support.naturals.isDiscrete && Support.boolean.isDiscrete)
    #expect(Support.categories(parameter: 0).isDiscrete)
    #expect(!Support.real.isDiscrete && !Support.vector(.simplex).isDiscrete)
    #expect(!Support.declared.isDiscrete)
  }

  @Test func eventsHaveTheRankOfTheirSupport() {
    #expect(Support.positive.eventRank == 0 && Support.categories(parameter: 1).eventRank == 0)
    for vector in VectorSupport.allCases { #expect(Support.vector(vector).eventRank == 1) }
    for matrix in MatrixSupport.allCases { #expect(Support.matrix(matrix).eventRank == 2) }
    #expect(Support.realVector.eventRank == 1)
  }

  @Test func onlyParametersBoundASupportByParameters() {
    #expect(!Support.unitInterval.hasParameterBounds)
    #expect(Support.interval(lower: .value(0), upper: .parameter(1)).hasParameterBounds)
    #expect(Support.integers(lower: .parameter(0), upper: .none).hasParameterBounds)
    #expect(!Support.vector(.ordered).hasParameterBounds)
  }

  @Test func namesOfJointTypesAreThoseOfTheLanguage() {
    #expect(VectorSupport(rawValue: "positive_ordered") == .positiveOrdered)
    #expect(VectorSupport(rawValue: "sum_to_zero") == .sumToZero)
    #expect(MatrixSupport(rawValue: "cholesky_corr") == .choleskyCorr)
  }
}

@Suite struct BuiltinFunctionTests {
  @Test func namesCanBeWritten() {
    for function in BuiltinFunction.allCases {
      let name = function.rawValue
      #expect(name.first?.isLetter == true)
      #expect(name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }, "\(name)")
    }
  }

  @Test func formsAreAsDocumented() {
    #expect(BuiltinFunction.exp.form == .elementwise)
    #expect(BuiltinFunction.atan2.form == .pairwise)
    #expect(BuiltinFunction.mean.form == .reduction)
    #expect(BuiltinFunction.logSumExp.form == .reductionOrPairwise)
    #expect(BuiltinFunction.cholesky.form == .special)
  }
}

@Suite struct SignatureTests {
  @Test func theFirstDistributionOfANameCounts() {
    let first = DistributionSignature("D", [], support: .real, summary: "first", formula: "")
    let second = DistributionSignature("D", [], support: .positive, summary: "second", formula: "")
    let table = SignatureTable(distributions: [first, second])
    #expect(table.distributions["D"]?.summary == "first")
  }

  @Test func stagesAreOrdered() {
    #expect(Stage.data < Stage.random)
    #expect(max(Stage.data, Stage.random) == .random)
  }
}
