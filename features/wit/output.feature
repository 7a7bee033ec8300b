Feature: What plutoplus says

  @PP-26 @PP-03
  Scenario: Case 17: -b 1 -b 2 and -b 3 give the same output classes
    Given two hosts
    And alice runs plutoplus with "-b 1 -b 2"
    And bob runs plutoplus with "-b 3"
    When alice initiates
    Then both sides succeed
    And alice prints lines that begin with "| > <"
    And bob prints lines that begin with "| > <"
    And no side prints lines that begin with "="

  @PP-26
  Scenario Outline: -b <bits>: output classes "<classes>"
    Given two hosts
    And both run plutoplus with "-b <bits>"
    When alice initiates
    Then both sides succeed
    And alice prints lines that begin with "<classes>"
    And bob prints lines that begin with "<classes>"
    And no side prints lines that begin with "<others>"

    Examples:
      | bits | classes | others |
      | 1    | \|      | > < =  |
      | 2    | > <     | \| =   |
      | 4    | =       | \| > < |
      | 5    | \| =    | > <    |
      | 6    | > < =   | \|     |

  @PP-26
  Scenario: -b 7: every class
    Given two hosts
    And both run plutoplus with "-b 7"
    When alice initiates
    Then both sides succeed
    And alice prints lines that begin with "| > < ="
    And bob prints lines that begin with "| > < ="
    And the secret appears in no output

  @PP-28
  Scenario: Old algorithms are named once at the start
    Given two hosts
    And both run plutoplus with ""
    When alice initiates
    Then both sides succeed
    And alice complains: warning: obsolete algorithm DES
    And alice complains: warning: obsolete algorithm MD5
