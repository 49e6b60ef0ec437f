// What each of the connector's frames asks for.
#ifndef LOCKSTEP_DISPATCH_MQH
#define LOCKSTEP_DISPATCH_MQH

bool CEaLockstep::Damaged(string name)
  {
   EaSession.Bye(BYE_PROTOCOL, name + " is shorter than it must be");
   return false;
  }

// Unknown types are a newer connector's business.
void CEaLockstep::Dispatch(const SMxHeader &header)
  {
   switch(header.type)
     {
      case MX_SUBSCRIBE:
         OnSubscribe();
         break;
      case MX_RESYNC_REQ:
      case MX_CMD_QUERY:
         OnResync(header.type);
         break;
      case MX_CMD:
         OnCommand();
         break;
      case MX_HISTORY_REQ:
        {
         SMxHistoryReq request = {};
         if(MxGetHistoryReq(EaSession.in, request))
            EaBars.OnRequest(request);
         else
            Damaged("HISTORY_REQ");
         break;
        }
      case MX_CAL_REQ:
        {
         SMxCalReq wanted = {};
         if(MxGetCalReq(EaSession.in, wanted))
            EaCalendar.OnRequest(wanted);
         else
            Damaged("CAL_REQ");
         break;
        }
     }
  }

void CEaLockstep::OnSubscribe()
  {
   SMxSubscribe head = {};
   if(!MxGetSubscribe(EaSession.in, head))
     {
      Damaged("SUBSCRIBE");
      return;
     }
   EaSymbols.OnSubscribe(EaSession.in, head);
   for(int s = 0; s < EaSymbols.count && EaSession.Open(); s++)
      EaSymbols.TellSpec(s);
   EaAccount.Tell();
   for(int s = 0; s < EaSymbols.count && EaSession.Open(); s++)
      EaBars.OnSubscribe(s);
   if(EaSession.state == EA_LIVE)
      EaTicks.OnLive();
  }

void CEaLockstep::OnResync(ushort type)
  {
   if(type == MX_RESYNC_REQ)
     {
      SMxResyncReq request = {};
      if(!MxGetResyncReq(EaSession.in, request))
        {
         Damaged("RESYNC_REQ");
         return;
        }
      EaBook.Snapshot(request.sections, request.history_from_s);
      EaOrders.ReportAll(EaSession.in, (int)request.count);
      return;
     }
   SMxCmdQuery query = {};
   if(MxGetCmdQuery(EaSession.in, query))
      EaOrders.ReportAll(EaSession.in, (int)query.count);
   else
      Damaged("CMD_QUERY");
  }

void CEaLockstep::OnCommand()
  {
   SMxCmd cmd = {};
   int from = EaSession.in.pos;
   if(!MxGetCmd(EaSession.in, cmd))
     {
      Damaged("CMD");
      return;
     }
   EaSession.in.Rewind(from, EaSession.in.end);
   EaOrders.OnCommand(cmd, EaSession.in);
  }
#endif
