// Azure Monitor Logs: the exporter's log of a virtual machine, and a saved query that also finds the log of a cluster. Based on the
// documentation as of 2026, https://learn.microsoft.com/azure/azure-monitor/vm/data-collection-syslog and
// https://learn.microsoft.com/azure/azure-monitor/reference/tables/containerlogv2
//
// The exporter must write JSON, --log.format=json. The machine needs the Azure Monitor Agent, rsyslog, and an association with this rule. A
// cluster needs its monitoring add-on, and only the query of this file.

@description('Name of the Log Analytics workspace, in the resource group of this deployment.')
param workspaceName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

// Only lines of the exporter are kept and billed. Their level comes from the exporter, because syslog gives all of them the same level.
resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: 'ai-crm-exporter'
  location: workspace.location
  kind: 'Linux'
  properties: {
    dataSources: {
      syslog: [
        {
          name: 'daemon'
          streams: ['Microsoft-Syslog']
          facilityNames: ['daemon']
          logLevels: ['*']
        }
      ]
    }
    destinations: {
      logAnalytics: [
        {
          name: 'workspace'
          workspaceResourceId: workspace.id
        }
      ]
    }
    dataFlows: [
      {
        streams: ['Microsoft-Syslog']
        destinations: ['workspace']
        transformKql: '''
          source
          | where ProcessName == "ai-crm-exporter"
          | extend level = tostring(parse_json(SyslogMessage).level)
          | extend SeverityLevel = case(level == "error", "err", level == "warn", "warning", level == "", SeverityLevel, level)
          | project-away level
        '''
        outputStream: 'Microsoft-Syslog'
      }
    ]
  }
}

resource query 'Microsoft.OperationalInsights/workspaces/savedSearches@2020-08-01' = {
  parent: workspace
  name: 'ai-crm-exporter-warnings'
  properties: {
    category: 'AI-CRM'
    displayName: 'AI-CRM exporter: warnings and errors'
    query: '''
      union isfuzzy=true
        (Syslog | where ProcessName == "ai-crm-exporter" | project TimeGenerated, entry = parse_json(SyslogMessage)),
        (ContainerLogV2 | where ContainerName == "exporter" and PodName contains "ai-crm"
          | project TimeGenerated, entry = parse_json(tostring(LogMessage)))
      | extend level = tostring(entry.level)
      | where level in ("warn", "error")
      | project TimeGenerated, level, message = tostring(entry.msg), component = tostring(entry.component), entry
      | order by TimeGenerated desc
    '''
  }
}

output ruleId string = rule.id
