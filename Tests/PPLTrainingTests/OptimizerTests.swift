import Testing

@testable import PPLTraining
