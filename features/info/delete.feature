@sim @ikev1
Feature: Delete and Notify under protection

  @IKE1-DEL-01 @IKE1-DEL-02 @IKE1-INF-01 @IKE1-INF-02 @positive @must
  Scenario Outline: <host> ends everything: Deletes under protection, and nothing is left on either side
    Given alice and bob in the simulator
    When alice starts to negotiate
    Then both sides have an SA pair
    When <host> ends everything
    Then <host> deletes its SAs under protection
    And every hash on the wire is right
    And no SA is left

    Examples:
      | host  |
      | alice |
      | bob   |

  @IKE1-QPR-08 @IKE1-NTF-02 @IKE1-INF-01 @negative @must
  Scenario: A refused Quick Mode is told under protection
    Given alice and bob in the simulator
    And alice uses "esp 3des-md5"
    And bob uses "esp 3des-sha1"
    When alice starts to negotiate
    Then bob refused QI1 with NO-PROPOSAL-CHOSEN
    And bob notifies NO-PROPOSAL-CHOSEN under protection
    And every hash on the wire is right
    And no SA is left

  @IKE1-QID-06 @negative @should
  Scenario: Clients outside of policy: INVALID-ID-INFORMATION under protection
    Given alice and bob in the simulator
    And alice uses "local 10.1.0.0/16 remote 10.2.0.0/16"
    And bob uses "local 10.2.0.0/16 remote 10.3.0.0/16"
    When alice starts to negotiate
    Then bob refused QI1 with INVALID-ID-INFORMATION
    And bob notifies INVALID-ID-INFORMATION under protection
    And no SA is left

  @IKE1-RTX-13 @IKE1-DEL-04 @behaviour @must
  Scenario: A Delete is sent once, whether it arrives or not
    Given alice and bob in the simulator
    And the link from alice to bob loses "INFO INFO"
    When alice starts to negotiate
    Then both sides have an SA pair
    When alice ends everything
    Then alice sent INFO 2 times
