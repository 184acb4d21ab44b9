import PPLInference
import Testing

@Suite struct AdaptationTests {
  private func switches(warmup: Int) -> [Int] {
    var schedule = FisherSchedule(warmup: warmup)
    var background = 0
    var switches: [Int] = []
    for iteration in 0..<warmup where schedule.adaptsMetric(iteration: iteration) {
      background += 1
      if schedule.switchesWindow(iteration: iteration, backgroundCount: background) {
        switches.append(iteration + 1)
        background = 0
      }
    }
    return switches
  }

  @Test func fisherWindowsOfTheDefaultWarmup() {
    let schedule = FisherSchedule(warmup: 400)
    #expect(schedule.mainStart == 120)
    #expect(schedule.finalStart == 340)
    // Windows of 10 to 120, then one of 80; the window of 120 to 320 would leave no room for 180.
    #expect(switches(warmup: 400) == Array(stride(from: 10, through: 120, by: 10)) + [200])
  }

  @Test func fisherWindowsOfALongWarmup() {
    // Main phase from 300 to 850: windows of 80 and 120 and 180; after 680 the next, 270, is too long.
    #expect(switches(warmup: 1000).filter { $0 > 300 } == [380, 500])
    #expect(switches(warmup: 2000).filter { $0 > 600 } == [680, 800, 980, 1250])
  }

  @Test func fisherWindowsOfShortWarmups() {
    #expect(switches(warmup: 100) == [10, 20, 30])
    #expect(switches(warmup: 20) == [])
    for warmup in 0..<10 { #expect(switches(warmup: warmup) == []) }
  }

  @Test func switchingIsPossibleUntilTheLastSwitch() {
    for warmup in [50, 100, 400, 1000, 2000] {
      var schedule = FisherSchedule(warmup: warmup)
      let last = switches(warmup: warmup).last ?? 0
      var background = 0
      for iteration in 0..<warmup {
        let canSwitch = schedule.canStillSwitch(iteration: iteration, backgroundCount: background)
        // In the early phase a switch counts as possible whatever room is left.
        if iteration >= schedule.mainStart {
          #expect(canSwitch == (iteration + 1 <= last))
        } else {
          #expect(canSwitch)
        }
        background += 1
        if schedule.switchesWindow(iteration: iteration, backgroundCount: background) {
          background = 0
        }
      }
    }
  }

  @Test func stanWindows() {
    #expect(StanSchedule(warmup: 1000).firstWindowStart == 75)
    #expect(StanSchedule(warmup: 1000).windowEnds == [100, 150, 250, 450, 950])
    #expect(StanSchedule(warmup: 500).windowEnds == [100, 150, 250, 450])
    #expect(StanSchedule(warmup: 150).windowEnds == [100])
    // Shorter: 15 % before and 10 % after one window.
    #expect(StanSchedule(warmup: 100).firstWindowStart == 15)
    #expect(StanSchedule(warmup: 100).windowEnds == [90])
    #expect(StanSchedule(warmup: 20).windowEnds == [18])
    #expect(StanSchedule(warmup: 19).windowEnds == [])
    #expect(StanSchedule(warmup: 0).windowEnds == [])
    let schedule = StanSchedule(warmup: 1000)
    #expect((0..<1000).filter(schedule.collects) == Array(75..<950))
    #expect((0..<1000).filter(schedule.endsWindow) == [99, 149, 249, 449, 949])
    #expect(!(0..<19).contains(where: StanSchedule(warmup: 19).collects))
  }

  @Test func stanTakesTheRegularisedVariance() {
    var adaptation = StanAdaptation(warmup: 20, targetAcceptance: 0.8, dimension: 1)
    #expect(adaptation.inverseMass == [1])
    var actions: [AdaptationAction] = []
    var statistics = DrawStatistics()
    statistics.acceptanceRate = 0.8
    for iteration in 0..<20 {
      actions.append(
        adaptation.update(
          iteration: iteration,
          position: [Double(iteration)].span,
          gradient: [0.0].span,
          statistics: statistics
        )
      )
    }
    // Draws 3 … 17: the variance of 15 consecutive integers is (15² − 1)/12 · 15/14 = 20.
    let expected = 15.0 / 20 * 20 + 1e-3 * 5 / 20
    #expect(abs(adaptation.inverseMass[0] - expected) < 1e-12)
    #expect(actions.indices.filter { actions[$0] != .proceed } == [17])
    #expect(actions[17] == .updateMetricAndSearchStepSize)
  }

  @Test func fisherTakesTheRatioOfDeviations() {
    var adaptation = FisherAdaptation(
      warmup: 400,
      targetAcceptance: 0.8,
      initialGradient: [4.0, -0.5, 0, 1e-30].span
    )
    #expect(adaptation.inverseMass == [0.25, 2, 1, 1e20])
    var statistics = DrawStatistics()
    statistics.acceptanceRate = 0.8
    statistics.indexInTrajectory = 1
    var actions: [AdaptationAction] = []
    for (iteration, x) in [1.0, 2, 4, 3].enumerated() {
      // Variances 9 and 1/4 of a normal: g = −x / variance; the third has no gradient, the fourth does
      // not move: both keep their metric.
      let action = adaptation.update(
        iteration: iteration,
        position: [3 * x, x * x / 2, x, 7].span,
        gradient: [-x / 3, -2 * x * x, 0, x].span,
        statistics: statistics
      )
      actions.append(action)
    }
    #expect(actions == [.proceed, .proceed, .updateMetricAndSearchStepSize, .updateMetric])
    #expect(abs(adaptation.inverseMass[0] - 9) < 1e-12)
    #expect(abs(adaptation.inverseMass[1] - 0.25) < 1e-12)
    #expect(adaptation.inverseMass[2...] == [1, 1e20])
  }

  @Test func fisherIgnoresDrawsThatDidNotMove() {
    var statistics = DrawStatistics()
    func count(_ statistics: DrawStatistics) -> Int {
      var adaptation = FisherAdaptation(
        warmup: 400,
        targetAcceptance: 0.8,
        initialGradient: [1.0].span
      )
      for iteration in 0..<10 {
        let x = Double(iteration)
        let action = adaptation.update(
          iteration: iteration,
          position: [x].span,
          gradient: [-x].span,
          statistics: statistics
        )
        if action != .proceed { return iteration + 1 }
      }
      return 0
    }
    #expect(count(statistics) == 0)
    statistics.indexInTrajectory = -1
    #expect(count(statistics) == 3)
    statistics.isDivergent = true
    #expect(count(statistics) == 0)
    statistics.indexInTrajectory = -4
    #expect(count(statistics) == 0)
    statistics.indexInTrajectory = 5
    #expect(count(statistics) == 3)
  }

  @Test func dualAveragingFollowsItsClosedForm() {
    let target = 0.8
    var averaging = DualAveraging(stepSize: 0.5, targetAcceptance: target)
    let acceptances = [0.9, 0.2, 1.0, 0.75, 0.0, 0.99, 0.6]
    var sum = 0.0
    var average = 0.0
    for (index, acceptance) in acceptances.enumerated() {
      averaging.update(acceptance: acceptance)
      let t = Double(index + 1)
      // Nesterov's form of the same: log ε = μ − √t/γ · 1/(t + t₀) · Σ (δ − a).
      sum += target - acceptance
      let logStepSize = logarithm(10 * 0.5) - t.squareRoot() / 0.05 * sum / (t + 10)
      let weight = exponential(-0.75 * logarithm(t))
      average = weight * logStepSize + (1 - weight) * average
      #expect(abs(logarithm(averaging.stepSize) - logStepSize) < 1e-12)
      #expect(abs(logarithm(averaging.averagedStepSize) - average) < 1e-12)
    }
  }

  @Test func dualAveragingFindsTheStepSizeOfTheTarget() {
    var averaging = DualAveraging(stepSize: 3, targetAcceptance: 0.8)
    for _ in 0..<2000 { averaging.update(acceptance: exponential(-averaging.stepSize)) }
    #expect(abs(averaging.averagedStepSize - -logarithm(0.8)) < 0.01)
  }

  @Test func dualAveragingKeepsItsCap() {
    var averaging = DualAveraging(stepSize: 100, targetAcceptance: 0.8, maximumStepSize: .pi)
    #expect(abs(averaging.stepSize - .pi) < 1e-12)
    for _ in 0..<50 { averaging.update(acceptance: 1) }
    #expect(averaging.stepSize <= .pi * (1 + 1e-12))
    #expect(averaging.averagedStepSize <= .pi * (1 + 1e-12))
    averaging.restart(stepSize: 0.2)
    #expect(abs(averaging.stepSize - 0.2) < 1e-12)
    #expect(abs(averaging.averagedStepSize - 0.2) < 1e-12)
  }

  @Test func runningVarianceMatchesTwoPasses() {
    var running = RunningVariance(dimension: 2)
    let values = [1e8 + 1, 1e8 + 4, 1e8 + 7, 1e8 + 2]
    #expect(running.variance(0).isNaN)
    for value in values { running.add([value, -value / 2].span) }
    // Mean 1e8 + 3.5, squared deviations 6.25 + 0.25 + 12.25 + 2.25 = 21.
    #expect(running.count == 4)
    #expect(abs(running.variance(0) - 7) < 1e-6)
    #expect(abs(running.sumOfSquares(1) - 5.25) < 1e-6)
    running.reset()
    #expect(running == RunningVariance(dimension: 2))
  }
}
